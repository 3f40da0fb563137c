/** A field of a way to sign in. */
export interface Field {
  name: string;
  title: string;
  /** `false`: an account id or the like, which may be seen. */
  secret?: boolean;
  optional?: boolean;
  help?: string;
}

/** How an account of a service can be connected. */
export interface Way {
  kind: string;
  title: string;
  help?: string;
  fields: readonly Field[];
}

export interface Connector {
  service: string;
  title: string;
  ways: readonly Way[];
}

/** What is asked of a service that this app does not know: a token, until the server says what it needs. */
const unknown: readonly Way[] = [
  { kind: 'oauth2', title: 'OAuth', fields: [] },
  { kind: 'token', title: 'Token', fields: [{ name: 'access_token', title: 'Access token' }] },
  { kind: 'api_key', title: 'API key', fields: [{ name: 'api_key', title: 'API key' }] },
];

/** A name as connectors spell it: `Google_Sheets ` is `google-sheets`. */
export function spelled(name: string): string {
  return name.trim().toLowerCase().replaceAll(/[\s_]+/g, '-');
}

/** The connector of a service; for others one of the usual ways. */
export function connectorOf(service: string, known: readonly Connector[]): Connector {
  const name = spelled(service);
  return known.find((each) => each.service === name) ?? { service: name, title: service.trim(), ways: unknown };
}

/** The fields of a form: those of the way, and those that the server missed. */
export function fieldsOf(way: Way, errors: ReadonlyArray<{ field: string }>): Field[] {
  const missed = errors.flatMap(({ field }) => (field.startsWith('fields.') ? [field.slice('fields.'.length)] : []));
  const extra = missed.filter((name) => !way.fields.some((field) => field.name === name));
  return [...way.fields, ...[...new Set(extra)].map((name) => ({ name, title: name.replaceAll('_', ' ') }))];
}

/** What is sent: what was filled in, without spaces around it that came along when it was copied. */
export function filled(values: Readonly<Record<string, string>>, fields: readonly Field[]): Record<string, string> {
  return Object.fromEntries(fields.flatMap(({ name }) => (values[name]?.trim() ? [[name, values[name].trim()]] : [])));
}

/** Required fields that are empty. */
export function empty(values: Readonly<Record<string, string>>, fields: readonly Field[]): string[] {
  return fields.filter((field) => !field.optional && !values[field.name]?.trim()).map((field) => field.name);
}

import type { Schema } from '../../api/types';

export type Connector = Schema<'ConnectorAnswer'>;
export type Way = Schema<'SignInWay'>;
export type Field = Schema<'SignInField'>;

/** What all spellings of a name have in common: `Google_Sheets `, `googleSheets` and `google-sheets` are the same. */
export function letters(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]+/g, '');
}

/** The connector that a workflow or a person means by a name. */
export function connectorOf(name: string, known: readonly Connector[]): Connector | undefined {
  const wanted = letters(name);
  return known.find((each) => [each.service, each.title, ...each.aliases].some((known) => letters(known) === wanted));
}

/** What people call a service; its own name until the connectors are known. */
export function titleOf(service: string, known: readonly Connector[] | undefined): string {
  return known?.find((each) => each.service === service)?.title ?? service;
}

/** What is sent: what was filled in, without spaces around it that came along when it was copied. */
export function filled(values: Readonly<Record<string, string>>, fields: readonly Field[]): Record<string, string> {
  return Object.fromEntries(fields.flatMap(({ name }) => (values[name]?.trim() ? [[name, values[name].trim()]] : [])));
}

/** Required fields that are empty. */
export function empty(values: Readonly<Record<string, string>>, fields: readonly Field[]): string[] {
  return fields.filter((field) => !field.optional && !values[field.name]?.trim()).map((field) => field.name);
}

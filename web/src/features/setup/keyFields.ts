/** Names of fields that hold no secret, so that they can be read while they are typed. */
const OPEN = new Set(['account_id', 'client_id', 'username', 'workspace_id', 'team_id', 'realm_id', 'account_sid', 'domain', 'subdomain', 'base_url', 'company_id', 'site']);

export function isOpenField(name: string): boolean {
  return OPEN.has(name);
}

/**
 * Which fields are asked for after the server has named what is missing. What was typed under the first, general name moves
 * to the one that the service knows: authors of keys do not know whether theirs is a "token" or a "key".
 */
export function withMissing(fields: Readonly<Record<string, string>>, missing: readonly string[]): Record<string, string> {
  const named = missing.map((field) => field.replace(/^fields\./, '')).filter((name) => name !== '');
  if (named.length === 0) return { ...fields };
  const only = Object.keys(fields);
  const general = fields.access_token ?? '';
  const next: Record<string, string> = {};
  // The service does not know an access token: it asked for something else, and nothing but that had been typed.
  const moves = only.length === 1 && only[0] === 'access_token' && general !== '';
  const target = moves ? (named.find((name) => /key|token|password|secret/.test(name)) ?? undefined) : undefined;
  for (const [name, value] of Object.entries(fields)) if (!(target !== undefined && name === 'access_token')) next[name] = value;
  for (const name of named) next[name] ??= name === target ? general : '';
  return next;
}

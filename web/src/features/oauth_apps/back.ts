/** What stands in the address after a test consent. */
export interface Back {
  provider?: string;
  workflow?: string;
  test?: 'success' | 'failed';
  error?: string;
}

/** Reads it; anything else is dropped. */
export function backOf(search: Record<string, unknown>): Back {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  const [provider, workflow, error] = [text(search.provider), text(search.workflow), text(search.error)];
  const test = search.test === 'success' || search.test === 'failed' ? search.test : undefined;
  return { ...(provider && { provider }), ...(workflow && { workflow }), ...(test && { test }), ...(error && { error }) };
}

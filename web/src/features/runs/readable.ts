/**
 * A request or an answer as people read it: a body that is JSON is shown as what it says, pairs of headers as an object.
 * Everything else stays as the API gives it.
 */
export function readable(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const members = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(members).map(([name, each]) => {
      if (name === 'body') return [name, bodyOf(each)];
      return [name, name === 'headers' && isPairs(each) ? headersOf(each) : each];
    }),
  );
}

function bodyOf(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body;
  const { text, ...rest } = body as { text?: unknown };
  if (typeof text !== 'string' || Object.keys(rest).length > 0) return body;
  try {
    const parsed: unknown = JSON.parse(text);
    // A number of many digits would be shown as another one.
    return typeof parsed === 'object' && parsed !== null ? parsed : text;
  } catch {
    return text;
  }
}

function isPairs(value: unknown): value is Array<[string, string]> {
  return Array.isArray(value) && value.every((each) => Array.isArray(each) && each.length === 2 && typeof each[0] === 'string');
}

/** A header that comes several times keeps all its values. */
function headersOf(pairs: ReadonlyArray<[string, string]>): Record<string, string | string[]> {
  const headers = new Map<string, string | string[]>();
  for (const [name, value] of pairs) {
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value]);
  }
  return Object.fromEntries(headers);
}

/** One answer of {@link createMockFetch}. */
export interface MockAnswer {
  ok?: boolean;
  status?: number;
  statusText?: string;
  headers?: Record<string, string>;
  json?: unknown;
  text?: string;
}

/** A `fetch` that answers by URL (exact, else the longest that the URL starts with) and keeps its `calls`. */
export function createMockFetch(answers: Record<string, MockAnswer | ((url: string, init?: RequestInit) => MockAnswer)>): typeof fetch & {
  calls: { url: string; init?: RequestInit }[];
} {
  const calls: { url: string; init?: RequestInit }[] = [];
  const mock = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const url = input instanceof Request ? input.url : String(input);
    calls.push({ url, init });
    const matching = Object.keys(answers).filter((known) => url === known || url.startsWith(known));
    const found = matching.sort((a, b) => b.length - a.length)[0];
    if (found === undefined) {
      throw new TypeError(`createMockFetch() has no answer for ${url}`);
    }
    const given = answers[found];
    const answer = typeof given === 'function' ? given(url, init) : (given ?? {});
    const status = answer.status ?? (answer.ok === false ? 500 : 200);
    const headers = new Headers(answer.headers);
    const body = answer.json === undefined ? (answer.text ?? '') : JSON.stringify(answer.json);
    if (answer.json !== undefined && !headers.has('content-type')) {
      headers.set('content-type', 'application/json');
    }
    const empty = status === 204 || status === 304;
    return new Response(empty ? null : body, { status, statusText: answer.statusText ?? '', headers });
  };
  return Object.assign(mock, { calls });
}

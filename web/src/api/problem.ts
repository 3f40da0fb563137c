import type { components } from './schema';

type Body = components['schemas']['Problem'];

/** A refused request, as the server words it (RFC 9457). `code` is stable, `hint` says what to do. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly hint: string | undefined;
  readonly requestId: string | undefined;
  /** The page that explains the code. */
  readonly page: string | undefined;
  readonly errors: ReadonlyArray<{ field: string; code: string; message: string }>;
  readonly suggestions: readonly string[];
  /** Seconds to wait before it is worth trying again, where the server says so. */
  readonly retryAfter: number | undefined;

  constructor(body: Partial<Body> & { status: number; code: string; title: string; detail: string }, retryAfter?: number) {
    super(body.detail);
    this.name = 'Problem';
    this.status = body.status;
    this.code = body.code;
    this.title = body.title;
    this.detail = body.detail;
    this.hint = body.hint ?? undefined;
    this.requestId = body.request_id;
    this.page = body.type;
    this.errors = body.errors ?? [];
    this.suggestions = body.suggestions ?? [];
    this.retryAfter = retryAfter;
  }

  /** What a form library expects: the message of each field. */
  get fields(): Record<string, string> {
    return Object.fromEntries(this.errors.map((error) => [error.field, error.message]));
  }
}

/** The server did not answer at all: no network, or it is starting again. */
export const UNREACHABLE = 'UNREACHABLE';

export function isProblem(error: unknown, code?: string): error is Problem {
  return error instanceof Problem && (code === undefined || error.code === code);
}

/** What an answer that is no success says; a body that is no problem document becomes one. */
export async function problemOf(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => undefined);
  const wait = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
  if (typeof body === 'object' && body !== null && 'code' in body && 'detail' in body) return new Problem(body as Body, wait > 0 ? wait : undefined);
  return new Problem({ status: response.status, code: `HTTP_${response.status}`, title: response.statusText, detail: response.statusText });
}

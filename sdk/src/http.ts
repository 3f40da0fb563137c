import { sleep } from './durable.js';
import { withTimeout } from './retry.js';

/** Options of the functions of {@link http}. */
export interface HttpOptions {
  headers?: Record<string, string>;
  query?: Record<string, string | number | boolean | null | undefined>;
  /** Objects and arrays are sent as JSON. */
  body?: unknown;
  /** Milliseconds; 30,000 by default. */
  timeout?: number;
  retry?: { attempts?: number; backoff?: 'linear' | 'exponential'; delay?: number };
}

/** A successful answer. */
export interface HttpResponse<T = any> {
  /** Parsed JSON if the answer says it is JSON, text otherwise. */
  data: T;
  status: number;
  headers: Record<string, string>;
  ok: true;
}

/** An answer that is no success. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  /** The answer's body, parsed if it is JSON. */
  readonly response: any;
  readonly code: string;

  constructor(message: string, status: number, response?: unknown) {
    super(message);
    this.status = status;
    this.response = response;
    this.code = httpCode(status);
  }
}

/** Requests that throw {@link HttpError} unless they succeed. */
export const http = {
  get: <T = any>(url: string, options?: HttpOptions): Promise<HttpResponse<T>> => request('GET', url, options),
  post: <T = any>(url: string, options?: HttpOptions): Promise<HttpResponse<T>> => request('POST', url, options),
  put: <T = any>(url: string, options?: HttpOptions): Promise<HttpResponse<T>> => request('PUT', url, options),
  patch: <T = any>(url: string, options?: HttpOptions): Promise<HttpResponse<T>> => request('PATCH', url, options),
  delete: <T = any>(url: string, options?: HttpOptions): Promise<HttpResponse<T>> => request('DELETE', url, options),
};

async function request<T>(method: string, url: string, options: HttpOptions = {}): Promise<HttpResponse<T>> {
  const { attempts = 1, backoff = 'exponential', delay = 1_000 } = options.retry ?? {};
  for (let attempt = 1; ; attempt++) {
    try {
      return await once<T>(method, url, options);
    } catch (error) {
      const refused = error instanceof HttpError && error.status >= 400 && error.status < 500;
      if (refused || attempt >= attempts) {
        throw error;
      }
      await sleep(delay * (backoff === 'linear' ? attempt : 2 ** (attempt - 1)));
    }
  }
}

async function once<T>(method: string, url: string, options: HttpOptions): Promise<HttpResponse<T>> {
  const headers = new Headers(options.headers);
  const init: RequestInit = { method, headers };
  if (options.body !== undefined && options.body !== null && method !== 'GET') {
    init.body = encode(options.body, headers);
  }
  const response = await fetch(withQuery(url, options.query), withTimeout(init, options.timeout));
  const data = await decode(response);
  if (!response.ok) {
    throw new HttpError(`${method} ${url} answered ${response.status} ${response.statusText}`.trim(), response.status, data);
  }
  const received: Record<string, string> = {};
  response.headers.forEach((value, name) => {
    received[name] = value;
  });
  return { data, status: response.status, headers: received, ok: true };
}

function encode(body: unknown, headers: Headers): BodyInit {
  const isRaw = typeof body === 'string' || body instanceof ArrayBuffer || ArrayBuffer.isView(body) || body instanceof URLSearchParams;
  if (isRaw) {
    return body as BodyInit;
  }
  if (!headers.has('content-type')) {
    headers.set('content-type', 'application/json');
  }
  return JSON.stringify(body);
}

async function decode(response: Response): Promise<any> {
  const text = await response.text();
  if (!(response.headers.get('content-type') ?? '').includes('json')) {
    return text;
  }
  try {
    return JSON.parse(text);
  } catch {
    // Half an answer, or one that only claims to be JSON.
    return text;
  }
}

function withQuery(url: string, query: HttpOptions['query']): string {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null);
  if (pairs.length === 0) {
    return url;
  }
  const text = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)] as const)).toString();
  const [address = '', fragment] = url.split('#', 2);
  return `${address}${address.includes('?') ? '&' : '?'}${text}${fragment === undefined ? '' : `#${fragment}`}`;
}

function httpCode(status: number): string {
  switch (status) {
    case 401:
      return 'auth_expired';
    case 403:
      return 'permission_denied';
    case 404:
      return 'not_found';
    case 409:
      return 'conflict';
    case 422:
      return 'validation_error';
    case 429:
      return 'rate_limited';
    default:
      return status >= 500 ? 'provider_down' : 'api_error';
  }
}

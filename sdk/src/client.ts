import { newId } from 'millrace:host';
import { sleep } from './durable.js';
import { createErrorFromResponse } from './errors.js';
import { parseRetryAfter } from './retry-after.js';
import { withTimeout } from './retry.js';

/** Longest pause that a 429 may impose, in milliseconds. */
const MAX_RATE_LIMIT_WAIT = 60_000;

/** How long before its expiry a token is refreshed, in milliseconds. */
const REFRESH_AHEAD = 5 * 60_000;

/** Options of {@link BaseHTTPClient}. */
export interface HTTPClientOptions {
  baseUrl: string;
  /** Milliseconds; 30,000 by default. */
  timeout?: number;
  headers?: Record<string, string>;
}

/** Requests below one address. A 429 is waited for and retried once. */
export class BaseHTTPClient {
  protected readonly baseUrl: string;
  protected readonly timeout: number | undefined;
  protected readonly headers: Record<string, string>;

  constructor(options: HTTPClientOptions) {
    this.baseUrl = options.baseUrl.replace(/\/+$/, '');
    this.timeout = options.timeout;
    this.headers = options.headers ?? {};
  }

  get(path: string, init?: RequestInit): Promise<Response> {
    return this.request('GET', path, init);
  }

  post(path: string, body?: unknown, init?: RequestInit): Promise<Response> {
    return this.request('POST', path, withBody(body, init));
  }

  put(path: string, body?: unknown, init?: RequestInit): Promise<Response> {
    return this.request('PUT', path, withBody(body, init));
  }

  patch(path: string, body?: unknown, init?: RequestInit): Promise<Response> {
    return this.request('PATCH', path, withBody(body, init));
  }

  delete(path: string, init?: RequestInit): Promise<Response> {
    return this.request('DELETE', path, init);
  }

  getJson<T = any>(path: string, init?: RequestInit): Promise<T> {
    return this.json<T>(this.get(path, init));
  }

  postJson<T = any>(path: string, body?: unknown, init?: RequestInit): Promise<T> {
    return this.json<T>(this.post(path, body, init));
  }

  putJson<T = any>(path: string, body?: unknown, init?: RequestInit): Promise<T> {
    return this.json<T>(this.put(path, body, init));
  }

  patchJson<T = any>(path: string, body?: unknown, init?: RequestInit): Promise<T> {
    return this.json<T>(this.patch(path, body, init));
  }

  deleteJson<T = any>(path: string, init?: RequestInit): Promise<T> {
    return this.json<T>(this.delete(path, init));
  }

  /** Headers that every request carries. */
  protected async authorise(): Promise<Record<string, string>> {
    return {};
  }

  protected async request(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const response = await this.send(method, path, init);
    if (response.status !== 429) {
      return response;
    }
    await sleep(Math.min(parseRetryAfter(response) ?? 1_000, MAX_RATE_LIMIT_WAIT));
    return this.send(method, path, init);
  }

  protected async send(method: string, path: string, init: RequestInit): Promise<Response> {
    const url = /^https?:\/\//i.test(path) ? path : `${this.baseUrl}/${path.replace(/^\/+/, '')}`;
    const headers = new Headers(this.headers);
    for (const [name, value] of Object.entries(await this.authorise())) {
      headers.set(name, value);
    }
    if (!headers.has('x-correlation-id')) {
      headers.set('X-Correlation-ID', newId());
    }
    new Headers(init.headers).forEach((value, name) => headers.set(name, value));
    return fetch(url, withTimeout({ ...init, method, headers }, this.timeout));
  }

  private async json<T>(pending: Promise<Response>): Promise<T> {
    const response = await pending;
    if (!response.ok) {
      throw await createErrorFromResponse(response);
    }
    const text = await response.text();
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}

/** A fresh token. */
export interface RefreshedToken {
  accessToken: string;
  /** Epoch milliseconds. */
  expiresAt?: number;
}

/** Options of {@link AuthenticatedHTTPClient}. */
export interface AuthenticatedHTTPClientOptions extends HTTPClientOptions {
  accessToken: string;
  tokenRefresh?: { expiresAt?: number; refresh: () => Promise<RefreshedToken> };
}

/** Requests with a bearer token, refreshed five minutes before it expires and once after a 401. */
export class AuthenticatedHTTPClient extends BaseHTTPClient {
  #token: string;
  #expiresAt: number | undefined;
  readonly #refresh: (() => Promise<RefreshedToken>) | undefined;

  constructor(options: AuthenticatedHTTPClientOptions) {
    super(options);
    this.#token = options.accessToken;
    this.#expiresAt = options.tokenRefresh?.expiresAt;
    this.#refresh = options.tokenRefresh?.refresh;
  }

  protected override async authorise(): Promise<Record<string, string>> {
    if (this.#refresh && this.#expiresAt !== undefined && this.#expiresAt - Date.now() < REFRESH_AHEAD) {
      await this.#renew();
    }
    return { Authorization: `Bearer ${this.#token}` };
  }

  protected override async request(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const response = await super.request(method, path, init);
    if (response.status !== 401 || !this.#refresh) {
      return response;
    }
    await this.#renew();
    return super.request(method, path, init);
  }

  async #renew(): Promise<void> {
    const fresh = await this.#refresh?.();
    if (fresh) {
      this.#token = fresh.accessToken;
      this.#expiresAt = fresh.expiresAt;
    }
  }
}

function withBody(body: unknown, init: RequestInit = {}): RequestInit {
  if (body === undefined) {
    return init;
  }
  if (typeof body === 'string' || body instanceof URLSearchParams || body instanceof ArrayBuffer || ArrayBuffer.isView(body)) {
    return { ...init, body };
  }
  const headers = new Headers(init.headers);
  if (!headers.has('content-type')) {
    headers.set('content-type', 'application/json');
  }
  return { ...init, headers, body: JSON.stringify(body) };
}

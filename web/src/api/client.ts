import createClient from 'openapi-fetch';

import { Problem, problemOf, UNREACHABLE } from './problem';
import type { paths } from './schema';
import { accessToken, forget, isFresh, renew } from './session';

/**
 * One request with the session's token. A token that has ended is renewed first, and one that was refused is renewed once.
 * Every failure is a `Problem`.
 */
export async function request(input: Request): Promise<Response> {
  const first = input.clone();
  if (accessToken() !== undefined && !isFresh()) await renew();
  let response = await send(first);
  if (response.status === 401 && accessToken() !== undefined) {
    if (await renew()) response = await send(input);
    else forget();
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

async function send(input: Request): Promise<Response> {
  const token = accessToken();
  if (token !== undefined) input.headers.set('Authorization', `Bearer ${token}`);
  try {
    return await fetch(input);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Problem({ status: 0, code: UNREACHABLE, title: 'Server unreachable', detail: 'The server did not answer.' });
  }
}

/** The API, typed by its document: `await api.GET('/api/runs', { params: { query } })`. Use `data()` around it. */
export const api = createClient<paths>({ baseUrl: globalThis.location?.origin, fetch: request });

/** The body of an answer. Failures have been thrown as a `Problem` before. */
export async function data<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}

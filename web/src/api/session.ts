import { problemOf } from './problem';
import type { components } from './schema';

type RefreshAnswer = components['schemas']['RefreshAnswer'];

/**
 * The access token lives in this module and nowhere else: no script finds it in a storage, and a reload renews it from the
 * cookie that no script can read (docs/sign-in.md, "Sessions").
 */
let token: string | undefined;
let goodUntil = 0;
let renewing: Promise<boolean> | undefined;
const listeners = new Set<() => void>();

/** Seconds before its end at which a token is renewed already. */
const EARLY = 30;

/** The token to send, if one is at hand. */
export function accessToken(): string | undefined {
  return token;
}

/** Whether a token is at hand that is not about to end. */
export function isFresh(): boolean {
  return token !== undefined && Date.now() < goodUntil;
}

/** Takes over what signing in or switching the workspace answered. */
export function begin(answer: { access_token: string; expires_in: number }): void {
  token = answer.access_token;
  goodUntil = Date.now() + (answer.expires_in - EARLY) * 1000;
}

/** Forgets the session in this tab, and tells whoever shows it. */
export function forget(): void {
  token = undefined;
  goodUntil = 0;
  for (const listener of listeners) listener();
}

/** Called whenever the session has ended underneath a page. */
export function onEnd(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The word that a page repeats to show that it can read its own cookies. */
export function csrf(): string | undefined {
  return /(?:^|; )(?:__Host-)?millrace_csrf=([^;]*)/.exec(document.cookie)?.[1];
}

/**
 * A new access token from the cookie; false where nobody is signed in. Tabs take turns: a refresh token counts once.
 * Throws a `Problem` when the server cannot say.
 */
export function renew(): Promise<boolean> {
  renewing ??= inTurn(ask).finally(() => (renewing = undefined));
  return renewing;
}

async function inTurn(work: () => Promise<boolean>): Promise<boolean> {
  // Absent on pages without TLS that are not on this machine; the server's half minute of grace covers those.
  return navigator.locks ? navigator.locks.request('millrace-session', work) : work();
}

async function ask(): Promise<boolean> {
  const word = csrf();
  if (word === undefined) return false;
  const response = await fetch('/api/v1/auth/refresh', { method: 'POST', headers: { 'X-CSRF-Token': word } });
  if (response.ok) {
    begin((await response.json()) as RefreshAnswer);
    return true;
  }
  if (response.status === 401 || response.status === 403) {
    token = undefined;
    return false;
  }
  throw await problemOf(response);
}

import { problemOf } from './problem';
import type { components } from './schema';

type RefreshAnswer = components['schemas']['RefreshAnswer'];

/**
 * The access token lives in this module and nowhere else: no script finds it in a storage, and a reload renews it from the
 * cookie that no script can read (docs/sign-in.md, "Sessions").
 */
let token: string | undefined;
let goodUntil = 0;
/** The word of the cookie that the token came with: another session has another word. */
let word: string | undefined;
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

/** Takes over what signing in or switching the workspace answered. Other tabs leave what they show: it belongs to the one before. */
export function begin(answer: { access_token: string; expires_in: number }): void {
  take(answer);
  tabs.postMessage('begun');
}

/** Forgets the session in this tab and in the others, and tells whoever shows it. */
export function forget(): void {
  end();
  tabs.postMessage('ended');
}

function take(answer: { access_token: string; expires_in: number }): void {
  token = answer.access_token;
  goodUntil = Date.now() + (answer.expires_in - EARLY) * 1000;
  word = csrf();
}

function end(): void {
  token = undefined;
  goodUntil = 0;
  for (const listener of listeners) listener();
}

/**
 * The tabs of a browser share the cookie, and the server acts in the workspace that the session is in now: a tab that still
 * showed the one before would do things in the wrong workspace.
 */
const tabs = new BroadcastChannel('millrace-session');
tabs.onmessage = ({ data }: MessageEvent<'begun' | 'ended'>) => {
  if (token === undefined) return;
  if (data === 'ended') end();
  else location.assign('/app');
};

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
  const now = csrf();
  if (now === undefined) return false;
  // Somebody signed in by another tab, by single sign-on for instance, which comes back without telling the tabs. What this tab
  // was about to do would be done by somebody else: it waits until the page is gone.
  if (token !== undefined && now !== word) {
    location.assign('/app');
    return new Promise(() => {});
  }
  const response = await fetch('/api/v1/auth/refresh', { method: 'POST', headers: { 'X-CSRF-Token': now } });
  if (response.ok) {
    take((await response.json()) as RefreshAnswer);
    return true;
  }
  if (response.status === 401 || response.status === 403) {
    token = undefined;
    return false;
  }
  throw await problemOf(response);
}

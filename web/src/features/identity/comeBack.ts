import { safeReturn } from './guard';

/**
 * Where a person wanted to go when they left for their identity provider. It sends everybody back to one fixed address, so
 * this tab remembers: for as long as a sign-in there may take, and once.
 */
const KEY = 'millrace-come-back';
const GOOD_FOR = 10 * 60_000;

/** Remembers it, on the way out. */
export function rememberWay(to: string | undefined): void {
  if (to === undefined || to === '/app') sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, JSON.stringify({ to, until: Date.now() + GOOD_FOR }));
}

/** Tells and forgets it, on the way in. */
export function recallWay(): string | undefined {
  const text = sessionStorage.getItem(KEY);
  if (text === null) return undefined;
  sessionStorage.removeItem(KEY);
  try {
    const { to, until } = JSON.parse(text) as { to: unknown; until: unknown };
    return typeof until === 'number' && Date.now() < until ? safeReturn(to) : undefined;
  } catch {
    return undefined;
  }
}

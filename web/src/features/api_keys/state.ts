import type { Schema } from '../../api/types';

export type KeyState = 'active' | 'expired' | 'revoked';

/** What a key is worth now: the server calls one whose time is over still active. */
export function stateOf(key: Pick<Schema<'ApiKey'>, 'status' | 'expires_at'>, now: Date): KeyState {
  if (key.status === 'revoked') return 'revoked';
  return key.expires_at && new Date(key.expires_at) <= now ? 'expired' : 'active';
}

const DAY = 86_400_000;
/** A key lives a year at most. */
export const LONGEST = 365;

/** The instant at which a key ends that is to live so many days; nothing for one without an end. A year is a little less than a year, because the server counts from when it hears of it. */
export function endsAfter(days: number | undefined, now: Date): string | null {
  return days === undefined ? null : new Date(now.getTime() + days * DAY - (days === LONGEST ? 60_000 : 0)).toISOString();
}

/** The end of a day in the reader's zone. */
export function endsOn(day: string): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date, 23, 59, 59).toISOString();
}

/** A day so many days from now, as a date field writes it. */
export function dayFrom(days: number, now: Date): string {
  const at = new Date(now.getFullYear(), now.getMonth(), now.getDate() + days);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

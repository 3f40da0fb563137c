const UNIT_MS: Record<string, number> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

/** Milliseconds of `'30m'`, `'2h'`, `'7d'`, `'2w'` (also `ms`, `s`, `y`); undefined for anything else. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w|y)\s*$/.exec(String(text));
  if (!match) {
    return undefined;
  }
  return Math.round(Number(match[1]) * (UNIT_MS[match[2] as string] as number));
}

/** Whether a text is a duration. */
export function isValidDuration(text: string): boolean {
  return parseDurationMs(text) !== undefined;
}

/** The instant a duration ago, as Unix seconds; undefined if it is no duration. */
export function parseSinceToUnixSeconds(since: string | Date | undefined): number | undefined {
  const date = parseSinceToDate(since);
  return date && Math.floor(date.getTime() / 1_000);
}

/** The instant a duration ago (`'24h'`), or the date a text names; undefined if it is neither. */
export function parseSinceToDate(since: string | Date | undefined): Date | undefined {
  if (since === undefined || since === null) {
    return undefined;
  }
  if (since instanceof Date) {
    return Number.isNaN(since.getTime()) ? undefined : since;
  }
  const ms = parseDurationMs(since);
  const date = ms === undefined ? new Date(since) : new Date(Date.now() - ms);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** The instant a duration before or after now. */
export function getRelativeDate(duration: string, direction: 'past' | 'future' = 'past'): Date {
  const ms = parseDurationMs(duration);
  if (ms === undefined) {
    throw new TypeError(`Invalid duration: ${JSON.stringify(duration)}`);
  }
  return new Date(Date.now() + (direction === 'future' ? ms : -ms));
}

/** The range from `since` (a duration ago, or a date) until `until` (now by default). */
export function createDateRange(since: string | Date, until?: string | Date): { start: Date; end: Date } {
  const start = parseSinceToDate(since);
  if (!start) {
    throw new TypeError(`Invalid start of a date range: ${String(since)}`);
  }
  const end = until === undefined ? new Date() : parseSinceToDate(until);
  if (!end) {
    throw new TypeError(`Invalid end of a date range: ${String(until)}`);
  }
  return { start, end };
}

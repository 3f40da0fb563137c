/** Whether a value is a valid date: a Date, a number of milliseconds or a text that can be parsed. */
export function isValidDate(value: unknown): boolean {
  if (value instanceof Date || typeof value === 'number' || (typeof value === 'string' && value.trim() !== '')) {
    return !Number.isNaN(new Date(value).getTime());
  }
  return false;
}

/** `2024-01-15`, in UTC. */
export function formatDateYMD(date: Date | string | number): string {
  return valid(date).toISOString().slice(0, 10);
}

/** `2024-01-15T09:30:00.000Z` */
export function formatDateISO(date: Date | string | number): string {
  return valid(date).toISOString();
}

/** Unix seconds. */
export function formatDateUnix(date: Date | string | number): number {
  return Math.floor(valid(date).getTime() / 1_000);
}

/** Date and time in English words and the given zone. */
export function formatLocalDate(date: Date | string | number, options: Intl.DateTimeFormatOptions = {}): string {
  return valid(date).toLocaleString('en-US', options);
}

/** The zone of the sandbox's clock: `UTC`. For the user's zone declare an input of type `timezone`. */
export function getUserTimezone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC';
}

/** Minutes that the sandbox's clock is behind UTC, as Date counts them. */
export function getTimezoneOffset(date: Date = new Date()): number {
  return date.getTimezoneOffset();
}

/** Formats with the tokens `YYYY YY MM M DD D HH H mm m ss s`. */
export function formatDate(date: Date | string | number, format = 'YYYY-MM-DD'): string {
  const d = valid(date);
  const two = (n: number): string => String(n).padStart(2, '0');
  const tokens: Record<string, string> = {
    YYYY: String(d.getFullYear()),
    YY: two(d.getFullYear() % 100),
    MM: two(d.getMonth() + 1),
    M: String(d.getMonth() + 1),
    DD: two(d.getDate()),
    D: String(d.getDate()),
    HH: two(d.getHours()),
    H: String(d.getHours()),
    mm: two(d.getMinutes()),
    m: String(d.getMinutes()),
    ss: two(d.getSeconds()),
    s: String(d.getSeconds()),
  };
  return format.replace(/YYYY|YY|MM|M|DD|D|HH|H|mm|m|ss|s/g, (token) => tokens[token] ?? token);
}

/** `just now`, `5 minutes ago`, `in 2 days`. */
export function relativeTime(date: Date | string | number): string {
  const difference = valid(date).getTime() - Date.now();
  const size = Math.abs(difference);
  const units: [number, string][] = [
    [31_536_000_000, 'year'],
    [2_592_000_000, 'month'],
    [604_800_000, 'week'],
    [86_400_000, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
  ];
  for (const [ms, unit] of units) {
    if (size >= ms) {
      const count = Math.floor(size / ms);
      const words = `${count} ${unit}${count === 1 ? '' : 's'}`;
      return difference < 0 ? `${words} ago` : `in ${words}`;
    }
  }
  return 'just now';
}

function valid(date: Date | string | number): Date {
  const result = date instanceof Date ? date : new Date(date);
  if (Number.isNaN(result.getTime())) {
    throw new TypeError(`Invalid date: ${String(date)}`);
  }
  return result;
}

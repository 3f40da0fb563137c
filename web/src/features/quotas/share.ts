/** How full something is: a share between 0 and 1, and what to call it. */
export function share(used: number, limit: number): { part: number; state: 'fine' | 'nearly' | 'full' } {
  const part = limit <= 0 ? 1 : Math.min(1, used / limit);
  return { part, state: part >= 1 ? 'full' : part >= 0.8 ? 'nearly' : 'fine' };
}

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes as people write them, in powers of a thousand. */
export function bytes(value: number, locale: string): string {
  let unit = 0;
  let rest = value;
  while (rest >= 999.5 && unit < units.length - 1) {
    rest /= 1000;
    unit += 1;
  }
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: rest < 10 && unit > 0 ? 1 : 0 }).format(rest)} ${units[unit]}`;
}

import type { Bar } from '../../ui';

/** One hour or day of the API's figures; those without runs are left out there. */
export interface Point {
  at: string;
  total: number;
  completed: number;
  failed: number;
}

export type By = 'hour' | 'day';

const HOUR = 3_600_000;
const sizes: Record<By, number> = { hour: HOUR, day: 24 * HOUR };
/** Bars of the chart. */
const counts: Record<By, number> = { hour: 24, day: 30 };

/** The window of the chart: whole hours or days of UTC, the present one last. It stays the same within one, and so does the question. */
export function windowOf(by: By, now: Date): { from: string; to: string } {
  const size = sizes[by];
  const end = (Math.floor(now.getTime() / size) + 1) * size;
  return { from: new Date(end - counts[by] * size).toISOString(), to: new Date(end).toISOString() };
}

/** A bar for each hour or day of the window, also for those without runs. Hours are told in the reader's zone, days are those of UTC. */
export function barsOf(points: readonly Point[], by: By, window: { from: string; to: string }, locale: string, timeZone: string): Array<Bar & { from: string; to: string }> {
  const size = sizes[by];
  const known = new Map(points.map((point) => [new Date(point.at).getTime(), point]));
  const short = new Intl.DateTimeFormat(locale, by === 'hour' ? { hour: '2-digit', minute: '2-digit', timeZone } : { day: 'numeric', month: 'short', timeZone: 'UTC' });
  const full = new Intl.DateTimeFormat(locale, by === 'hour' ? { weekday: 'short', hour: '2-digit', minute: '2-digit', timeZone } : { dateStyle: 'medium', timeZone: 'UTC' });
  const start = new Date(window.from).getTime();
  return Array.from({ length: counts[by] }, (_, place) => {
    const at = start + place * size;
    const point = known.get(at);
    const completed = point?.completed ?? 0;
    const failed = point?.failed ?? 0;
    return {
      label: short.format(at),
      full: full.format(at),
      values: { completed, failed, other: Math.max(0, (point?.total ?? 0) - completed - failed) },
      from: new Date(at).toISOString(),
      to: new Date(at + size).toISOString(),
    };
  });
}

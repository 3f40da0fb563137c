import { instantOf, wallClock } from '../../i18n/zone';

export const spans = ['24h', '7d', '30d', '90d'] as const;
export type RangeName = (typeof spans)[number];

const DAY = 86_400_000;
const lengths: Record<RangeName, number> = { '24h': DAY, '7d': 7 * DAY, '30d': 30 * DAY, '90d': 90 * DAY };

/** What the address says of the window: a length back from now, or days of the reader's calendar, both inclusive. */
export interface Range {
  range?: RangeName | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

export interface Window {
  from: Date;
  to: Date;
  interval: 'hour' | 'day';
}

/** Unless told. */
export const USUAL: RangeName = '30d';
/** By the hour up to this. */
const HOURLY = 2 * DAY;
/** The longest window that the API takes. */
const LONGEST = 730 * DAY;

/** The instants of a range. Days begin at midnight in the reader's zone, also where the clocks change. */
export function windowOf(range: Range, now: Date, zone: string): Window {
  const first = range.from !== undefined ? dayStart(range.from, 0, zone) : undefined;
  const after = range.to !== undefined ? dayStart(range.to, 1, zone) : undefined;
  if (first === undefined && after === undefined) return window(new Date(now.getTime() - lengths[range.range ?? USUAL]), now);
  const to = after !== undefined && after < now ? after : now;
  const from = first !== undefined && first < to ? first : new Date(to.getTime() - lengths[USUAL]);
  return window(to.getTime() - from.getTime() > LONGEST ? new Date(to.getTime() - LONGEST) : from, to);
}

function window(from: Date, to: Date): Window {
  return { from, to, interval: to.getTime() - from.getTime() <= HOURLY ? 'hour' : 'day' };
}

/** Whether a text is a day of the calendar. */
export function isDay(text: unknown): text is string {
  if (typeof text !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

/** Midnight of a day, or so many days later; where midnight does not exist, the first hour that does. */
function dayStart(day: string, later: number, zone: string): Date | undefined {
  if (!isDay(day)) return undefined;
  const midnight = Date.parse(`${day}T00:00:00Z`) + later * DAY;
  for (let hour = 0; hour < 4; hour++) {
    const at = instantOf(midnight + hour * 3_600_000, zone);
    if (at) return at;
  }
  return undefined;
}

/** The day of an instant in a zone, as a date field spells it. */
export function dayOf(at: Date, zone: string): string {
  const { year, month, day } = wallClock(at, zone);
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

export interface Bar {
  at: string;
  runs: number;
  completed: number;
  failed: number;
  other: number;
  mean: number | null;
  success: number | null;
}

interface Known {
  at: string;
  runs: number;
  completed: number;
  failed: number;
  mean_ms?: number | null;
}

/** A series without holes: the server leaves out hours and days without runs. Both are UTC's. */
export function whole(series: readonly Known[], { from, to, interval }: Window): Bar[] {
  const step = interval === 'hour' ? 3_600_000 : DAY;
  const known = new Map(series.map((point) => [Math.floor(Date.parse(point.at) / step), point]));
  const bars: Bar[] = [];
  for (let place = Math.floor(from.getTime() / step); place * step < to.getTime(); place++) {
    const point = known.get(place);
    const { runs = 0, completed = 0, failed = 0 } = point ?? {};
    const ended = completed + failed;
    bars.push({ at: new Date(place * step).toISOString(), runs, completed, failed, other: Math.max(0, runs - ended), mean: point?.mean_ms ?? null, success: ended > 0 ? completed / ended : null });
  }
  return bars;
}

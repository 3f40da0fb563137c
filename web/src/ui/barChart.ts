/** One colour of a bar. `hatched` sets it apart for those who do not see the colour. */
export interface BarSeries {
  key: string;
  label: string;
  color: string;
  hatched?: boolean;
}

/** One bar: what stands under it, what it is called in full, and how much of each series. */
export interface Bar {
  label: string;
  full: string;
  values: Readonly<Record<string, number>>;
}

/** A part of a bar, in pixels from the top of the plot. */
export interface Part {
  key: string;
  y: number;
  height: number;
}

/** The least that something which is there takes, so that one failure among a thousand runs is seen. */
const VISIBLE = 3;

/** What a bar comes to. */
export function total(bar: Bar, series: readonly BarSeries[]): number {
  return series.reduce((sum, { key }) => sum + (bar.values[key] ?? 0), 0);
}

/** Whole round numbers from zero up to the first that is not below `most`; about `count` of them. */
export function ticks(most: number, count = 4): number[] {
  const rough = Math.max(1, most) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power);
  const last = Math.max(1, Math.ceil(most / step));
  return Array.from({ length: last + 1 }, (_, at) => at * step);
}

/** The parts of a bar from the bottom up. Small parts are drawn visibly; large ones give what that takes. */
export function stack(bar: Bar, series: readonly BarSeries[], top: number, height: number): Part[] {
  const there = series.filter(({ key }) => (bar.values[key] ?? 0) > 0);
  const exact = there.map(({ key }) => ((bar.values[key] ?? 0) / top) * height);
  const least = exact.map((each) => Math.max(each, Math.min(VISIBLE, height)));
  const over = Math.max(0, sum(least) - Math.max(sum(exact), VISIBLE * there.length));
  const largest = least.indexOf(Math.max(...least));
  let y = height;
  return there.map(({ key }, at) => {
    const high = (least[at] ?? 0) - (at === largest ? Math.min(over, (least[at] ?? 0) - VISIBLE) : 0);
    y -= high;
    return { key, y, height: high };
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((all, each) => all + each, 0);
}

/** Every how many bars have their label below, so that labels of `room` pixels do not touch. */
export function labelStep(bars: number, width: number, room = 64): number {
  if (bars === 0 || width <= 0) return 1;
  return Math.max(1, Math.ceil(bars / Math.max(1, Math.floor(width / room))));
}

/** Which bar is at this place of the plot. */
export function barAt(x: number, bars: number, width: number): number {
  return Math.min(bars - 1, Math.max(0, Math.floor((x / Math.max(1, width)) * bars)));
}

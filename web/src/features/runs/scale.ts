/** A stretch of time that the journal shows. `waits` is true where nothing is worked on meanwhile. */
export interface Stretch {
  start: number;
  end: number;
  waits: boolean;
}

export type ScaleMode = 'short' | 'true';

/** Maps instants to places from 0 to 1. */
export interface Scale {
  place: (at: number) => number;
  instant: (place: number) => number;
  /** Stretches that are drawn shorter than they were. */
  breaks: ReadonlyArray<{ from: number; to: number; ms: number }>;
}

/** A pause is shortened when it is longer than this part of the time worked. */
const NOTABLE = 0.1;
/** … and than this, in milliseconds: nobody waits for less. */
const LEAST = 100;
/** What all shortened pauses take together, as a part of the time worked. */
const SHARE = 0.6;

/**
 * The scale of a timeline from `from` to `to`. In the mode `short`, pauses that would make everything else invisible are
 * drawn short: where nothing was worked on, however many waits lay over each other there. Order is always kept, and a longer
 * pause is never drawn shorter than a shorter one.
 */
export function makeScale(from: number, to: number, stretches: readonly Stretch[], mode: ScaleMode): Scale {
  const end = Math.max(to, from + 1);
  const pauses = mode === 'short' ? notable(from, end, stretches) : [];
  if (pauses.length === 0) return piecewise([[from, 0], [end, end - from]], []);
  const paused = pauses.reduce((sum, pause) => sum + pause.end - pause.start, 0);
  // A run that only waits has no work to compare with: its waits share the width.
  const worked = Math.max(end - from - paused, 1);
  const shortest = Math.min(...pauses.map((pause) => pause.end - pause.start));
  // Each grows with the logarithm of its length, so that an hour and three days do not look the same.
  const sizes = pauses.map((pause) => 1 + Math.log10((pause.end - pause.start) / shortest));
  const unit = (worked * SHARE) / sizes.reduce((sum, size) => sum + size, 0);
  const knots: Array<[number, number]> = [[from, 0]];
  const breaks: Array<[number, number, number]> = [];
  let at = from;
  let drawn = 0;
  const move = (instant: number, length: number) => {
    if (instant <= at) return;
    at = instant;
    drawn += length;
    knots.push([at, drawn]);
  };
  pauses.forEach((pause, index) => {
    move(pause.start, pause.start - at);
    const before = drawn;
    const length = pause.end - pause.start;
    // A pause is never drawn longer than it was.
    move(pause.end, Math.min(length, unit * (sizes[index] ?? 1)));
    breaks.push([before, drawn, length]);
  });
  move(end, end - at);
  return piecewise(knots, breaks);
}

/** Where nothing was worked on for a notable time, in order. */
function notable(from: number, to: number, stretches: readonly Stretch[]): Array<{ start: number; end: number }> {
  const work = stretches.filter((each) => !each.waits && each.end > from && each.start < to).sort((a, b) => a.start - b.start);
  const gaps: Array<{ start: number; end: number }> = [];
  let until = from;
  for (const each of work) {
    if (each.start > until) gaps.push({ start: until, end: each.start });
    until = Math.max(until, each.end);
  }
  if (to > until) gaps.push({ start: until, end: to });
  const idle = gaps.reduce((sum, gap) => sum + gap.end - gap.start, 0);
  const worked = to - from - idle;
  // Without any work there is nothing that a pause could hide, unless pauses hide each other.
  const measure = worked > 0 ? worked : Math.min(...gaps.map((gap) => gap.end - gap.start)) * 10;
  return gaps.filter((gap) => gap.end - gap.start > Math.max(measure * NOTABLE, LEAST));
}

/** Knots are instants and lengths drawn until then, both rising. */
function piecewise(knots: ReadonlyArray<readonly [number, number]>, breaks: ReadonlyArray<readonly [number, number, number]>): Scale {
  const whole = knots.at(-1)?.[1] || 1;
  const through = (value: number, x: 0 | 1, y: 0 | 1) => {
    let low = 0;
    let high = knots.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((knots[middle]?.[x] ?? 0) <= value) low = middle;
      else high = middle;
    }
    const [left, right] = [knots[low], knots[high]];
    if (!left || !right) return 0;
    const length = right[x] - left[x];
    const part = length > 0 ? Math.min(1, Math.max(0, (value - left[x]) / length)) : 0;
    return left[y] + part * (right[y] - left[y]);
  };
  return {
    place: (at) => through(at, 0, 1) / whole,
    instant: (place) => through(place * whole, 1, 0),
    breaks: breaks.map(([from, to, ms]) => ({ from: from / whole, to: to / whole, ms })),
  };
}

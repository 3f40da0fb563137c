import { describe, expect, it } from 'vitest';

import { makeScale, type Stretch } from './scale';

const DAY = 86_400_000;
const work = (start: number, end: number): Stretch => ({ start, end, waits: false });
const wait = (start: number, end: number): Stretch => ({ start, end, waits: true });

describe('the scale of a timeline', () => {
  it('is the truth where nothing hides anything', () => {
    const scale = makeScale(0, 100, [work(0, 50), work(50, 100)], 'short');
    expect(scale.place(25)).toBeCloseTo(0.25);
    expect(scale.breaks).toEqual([]);
  });

  it('keeps two short calls visible around three days of sleep', () => {
    const stretches = [work(0, 40), wait(40, 40 + 3 * DAY), work(40 + 3 * DAY, 100 + 3 * DAY)];
    const scale = makeScale(0, 100 + 3 * DAY, stretches, 'short');
    expect(scale.place(40)).toBeGreaterThan(0.2);
    expect(1 - scale.place(40 + 3 * DAY)).toBeGreaterThan(0.3);
    expect(scale.breaks).toHaveLength(1);
    expect(scale.breaks[0]?.ms).toBe(3 * DAY);
    const honest = makeScale(0, 100 + 3 * DAY, stretches, 'true');
    expect(honest.place(40)).toBeLessThan(1e-6);
    expect(honest.breaks).toEqual([]);
  });

  it('does not shorten a wait during which other work goes on', () => {
    const scale = makeScale(0, 1000, [wait(0, 1000), work(0, 1000)], 'short');
    expect(scale.breaks).toEqual([]);
    expect(scale.place(500)).toBeCloseTo(0.5);
  });

  it('never reverses order, and never draws a longer pause shorter', () => {
    const stretches = [work(0, 10), wait(10, 3_610), work(3_610, 3_620), wait(3_620, 3_620 + DAY), work(3_620 + DAY, 3_640 + DAY)];
    const scale = makeScale(0, 3_640 + DAY, stretches, 'short');
    const instants = [0, 5, 10, 1_000, 3_610, 3_615, 3_620, DAY, 3_630 + DAY, 3_640 + DAY];
    const places = instants.map(scale.place);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places[0]).toBe(0);
    expect(places.at(-1)).toBeCloseTo(1);
    const [hour, day] = scale.breaks.map((each) => each.to - each.from);
    expect(day).toBeGreaterThan(hour ?? Infinity);
  });

  it('finds the instant of a place again', () => {
    const scale = makeScale(1_000, 100 + 3 * DAY, [work(1_000, 1_040), work(40 + 3 * DAY, 100 + 3 * DAY)], 'short');
    for (const at of [1_000, 1_020, 2 * DAY, 70 + 3 * DAY]) expect(scale.instant(scale.place(at))).toBeCloseTo(at, 0);
  });

  it('holds a run that only waits, and one that has just begun', () => {
    const only = makeScale(0, 3 * DAY, [wait(0, 3 * DAY)], 'short');
    expect(only.place(1.5 * DAY)).toBeCloseTo(0.5);
    const begun = makeScale(5, 5, [], 'short');
    expect(begun.place(5)).toBe(0);
    expect(Number.isFinite(begun.place(6))).toBe(true);
  });

  it('takes no notice of pauses that nobody notices', () => {
    const stretches = Array.from({ length: 1000 }, (_, n) => work(n * 3, n * 3));
    expect(makeScale(0, 3000, stretches, 'short').breaks).toEqual([]);
  });

  it('lets many pauses share a bounded part of the width', () => {
    const stretches = Array.from({ length: 500 }, (_, n) => work(n * 10_000, n * 10_000 + 10));
    const scale = makeScale(0, 499 * 10_000 + 10, stretches, 'short');
    const pauses = scale.breaks.reduce((sum, each) => sum + each.to - each.from, 0);
    expect(scale.breaks).toHaveLength(499);
    expect(pauses).toBeLessThan(0.4);
  });
});

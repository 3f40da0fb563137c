import { describe, expect, test } from 'vitest';

import { barAt, labelStep, stack, ticks, total, type BarSeries } from './barChart';

const series: BarSeries[] = [
  { key: 'good', label: 'Good', color: 'teal' },
  { key: 'bad', label: 'Bad', color: 'red' },
];
const bar = (good: number, bad: number) => ({ label: '', full: '', values: { good, bad } });

describe('ticks', () => {
  test.each([
    [0, [0, 1]],
    [1, [0, 1]],
    [3, [0, 1, 2, 3]],
    [7, [0, 2, 4, 6, 8]],
    [100, [0, 50, 100]],
    [1234, [0, 500, 1000, 1500]],
  ])('up to %i', (most, expected) => expect(ticks(most)).toEqual(expected));

  test('are whole, begin at zero and cover what there is', () => {
    for (let most = 0; most < 5000; most += 7) {
      const all = ticks(most);
      expect(all[0]).toBe(0);
      expect(all.every(Number.isInteger)).toBe(true);
      expect(all.at(-1)).toBeGreaterThanOrEqual(most);
      expect(all.length).toBeLessThanOrEqual(6);
    }
  });
});

describe('the parts of a bar', () => {
  test('stand on each other from the bottom', () => {
    expect(stack(bar(60, 40), series, 100, 200)).toEqual([
      { key: 'good', y: 80, height: 120 },
      { key: 'bad', y: 0, height: 80 },
    ]);
  });

  test('what is not there is not drawn', () => expect(stack(bar(0, 5), series, 10, 100)).toEqual([{ key: 'bad', y: 50, height: 50 }]));

  test('one among many is seen, and the bar does not leave the plot', () => {
    const parts = stack(bar(1000, 1), series, 1001, 100);
    expect(parts[1]?.height).toBe(3);
    expect(parts[1]?.y).toBeCloseTo(0);
    expect(parts[0]!.y).toBeCloseTo(3);
  });
});

test('a bar comes to the sum of its series', () => expect(total(bar(3, 4), series)).toBe(7));

test('labels are left out where there is no room', () => {
  expect(labelStep(24, 640, 64)).toBe(3);
  expect(labelStep(7, 640, 64)).toBe(1);
  expect(labelStep(24, 0)).toBe(1);
});

test('the pointer finds its bar, also at the edges', () => {
  expect(barAt(-3, 10, 100)).toBe(0);
  expect(barAt(55, 10, 100)).toBe(5);
  expect(barAt(100, 10, 100)).toBe(9);
});

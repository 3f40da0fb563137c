import { expect, test } from 'vitest';

import { barsOf, windowOf } from './timeline';

const now = new Date('2026-03-01T10:42:00Z');

test('the window ends with the present hour or day', () => {
  expect(windowOf('hour', now)).toEqual({ from: '2026-02-28T11:00:00.000Z', to: '2026-03-01T11:00:00.000Z' });
  expect(windowOf('day', now)).toEqual({ from: '2026-01-31T00:00:00.000Z', to: '2026-03-02T00:00:00.000Z' });
});

test('each hour has its bar, those without runs too', () => {
  const bars = barsOf([{ at: '2026-03-01T10:00:00.000000Z', total: 9, completed: 5, failed: 1 }], 'hour', windowOf('hour', now), 'en-GB', 'Europe/Berlin');
  expect(bars).toHaveLength(24);
  expect(bars.at(-1)).toMatchObject({ label: '11:00', values: { completed: 5, failed: 1, other: 3 }, from: '2026-03-01T10:00:00.000Z', to: '2026-03-01T11:00:00.000Z' });
  expect(bars[0]?.values).toEqual({ completed: 0, failed: 0, other: 0 });
  expect(new Set(bars.map(({ full }) => full)).size).toBe(24);
});

test('days are those of UTC, wherever the reader is', () => {
  const bars = barsOf([{ at: '2026-03-01T00:00:00Z', total: 2, completed: 2, failed: 0 }], 'day', windowOf('day', now), 'en-GB', 'America/Los_Angeles');
  expect(bars).toHaveLength(30);
  expect(bars.at(-1)).toMatchObject({ label: '1 Mar', values: { completed: 2 } });
});

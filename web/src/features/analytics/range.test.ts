import { expect, test } from 'vitest';

import { dayOf, isDay, whole, windowOf, type Range } from './range';

const now = new Date('2026-04-10T12:00:00Z');
const of = (range: Range, zone: string) => {
  const { from, to, interval } = windowOf(range, now, zone);
  return [from.toISOString(), to.toISOString(), interval];
};

test('a length reaches back from now', () => {
  expect(of({}, 'UTC')).toEqual(['2026-03-11T12:00:00.000Z', '2026-04-10T12:00:00.000Z', 'day']);
  expect(of({ range: '24h' }, 'Asia/Tokyo')).toEqual(['2026-04-09T12:00:00.000Z', '2026-04-10T12:00:00.000Z', 'hour']);
});

test('days are those of the reader’s calendar, the last one included', () => {
  expect(of({ from: '2026-04-01', to: '2026-04-02' }, 'Asia/Tokyo')).toEqual(['2026-03-31T15:00:00.000Z', '2026-04-02T15:00:00.000Z', 'hour']);
  expect(of({ from: '2026-03-08', to: '2026-03-08' }, 'America/New_York')).toEqual(['2026-03-08T05:00:00.000Z', '2026-03-09T04:00:00.000Z', 'hour']);
  expect(of({ from: '2026-03-29', to: '2026-03-29' }, 'Europe/Berlin')).toEqual(['2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z', 'hour']);
});

test('a day that begins at one o’clock begins there', () => {
  expect(of({ from: '2025-09-07', to: '2025-09-07' }, 'America/Santiago')[0]).toBe('2025-09-07T04:00:00.000Z');
});

test('today ends now; nonsense and what is too long is cut', () => {
  expect(of({ from: '2026-04-10', to: '2026-04-10' }, 'UTC')).toEqual(['2026-04-10T00:00:00.000Z', '2026-04-10T12:00:00.000Z', 'hour']);
  expect(of({ from: '2026-04-05', to: '2026-04-01' }, 'UTC')).toEqual(['2026-03-03T00:00:00.000Z', '2026-04-02T00:00:00.000Z', 'day']);
  expect(of({ from: '1999-01-01' }, 'UTC')[0]).toBe('2024-04-10T12:00:00.000Z');
  expect([isDay('2026-02-29'), isDay('2028-02-29'), isDay('today'), isDay(7)]).toEqual([false, true, false, false]);
});

test('the day of an instant depends on where one is', () => {
  const late = new Date('2026-01-31T23:30:00Z');
  expect([dayOf(late, 'UTC'), dayOf(late, 'Europe/Berlin'), dayOf(late, 'America/Los_Angeles')]).toEqual(['2026-01-31', '2026-02-01', '2026-01-31']);
});

test('a series has no holes, and nothing twice', () => {
  const bars = whole([{ at: '2026-04-02T00:00:00Z', runs: 5, completed: 3, failed: 1, mean_ms: 20 }], { from: new Date('2026-04-01T15:00:00Z'), to: new Date('2026-04-04T00:00:00Z'), interval: 'day' });
  expect(bars.map((bar) => [bar.at.slice(0, 10), bar.runs, bar.other, bar.success])).toEqual([['2026-04-01', 0, 0, null], ['2026-04-02', 5, 1, 0.75], ['2026-04-03', 0, 0, null]]);
});

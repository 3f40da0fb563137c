import { expect, test } from 'vitest';

import { nextTimes, parseCron } from './cron';

function next(text: string, zone: string, after: string, count = 2): string[] {
  const cron = parseCron(text);
  return cron ? nextTimes(cron, zone, new Date(after), count).map((at) => at.toISOString()) : ['unreadable'];
}

test('fields are read in their zone', () => {
  expect(next('30 7 * * *', 'Asia/Tokyo', '2026-01-15T00:00:00Z')).toEqual(['2026-01-15T22:30:00.000Z', '2026-01-16T22:30:00.000Z']);
  expect(next('0 9 * * mon-fri', 'UTC', '2026-01-16T09:00:00Z')).toEqual(['2026-01-19T09:00:00.000Z', '2026-01-20T09:00:00.000Z']);
  expect(next('*/20 * * * *', 'Europe/Berlin', '2026-01-15T09:21:00Z', 3)).toEqual(['2026-01-15T09:40:00.000Z', '2026-01-15T10:00:00.000Z', '2026-01-15T10:20:00.000Z']);
});

test('the clocks change and nine o’clock stays nine o’clock', () => {
  expect(next('0 9 * * *', 'Europe/Berlin', '2026-03-28T00:00:00Z')).toEqual(['2026-03-28T08:00:00.000Z', '2026-03-29T07:00:00.000Z']);
  expect(next('0 9 * * *', 'America/New_York', '2026-10-31T00:00:00Z')).toEqual(['2026-10-31T13:00:00.000Z', '2026-11-01T14:00:00.000Z']);
});

test('two restricted day fields: either is enough', () => {
  expect(next('0 0 13 * 5', 'UTC', '2026-02-01T00:00:00Z', 3)).toEqual(['2026-02-06T00:00:00.000Z', '2026-02-13T00:00:00.000Z', '2026-02-20T00:00:00.000Z']);
  expect(next('0 0 1 */6 *', 'UTC', '2026-02-01T00:00:00Z')).toEqual(['2026-07-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z']);
  expect(next('0 0 * * 7', 'UTC', '2026-01-15T00:00:00Z', 1)).toEqual(['2026-01-18T00:00:00.000Z']);
});

test('what only the server understands is not guessed at', () => {
  for (const text of ['0 0 L * *', '0 0 * * 5#2', '* * * *', '61 * * * *', '5-1 * * * *', '*/0 * * * *']) expect(next(text, 'UTC', '2026-01-15T00:00:00Z')).toEqual(['unreadable']);
});

import { expect, it } from 'vitest';

import { siftLines } from './lines';
import type { Line } from './useLogs';

const line = (n: number, level: string, message: string, data?: unknown): Line => ({ n, level, at: '2026-01-01T00:00:00Z', message, data });

it('sifts by level and by text, in message and values', () => {
  const lines = [line(1, 'debug', 'began'), line(2, 'info', 'Booked', { invoice: 'IN_1' }), line(3, 'warn', 'careful'), line(4, 'fatal', 'unheard of')];
  const numbers = (level: Parameters<typeof siftLines>[1], text = '') => siftLines(lines, level, text).map(({ n }) => n);
  expect(numbers('debug')).toEqual([1, 2, 3, 4]);
  expect(numbers('warn')).toEqual([3, 4]);
  expect(numbers('debug', 'in_1')).toEqual([2]);
  expect(numbers('warn', 'booked')).toEqual([]);
  expect(siftLines(lines, 'debug', ' ')).toBe(lines);
});

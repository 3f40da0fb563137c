import { act, renderHook } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { Problem, problemOf } from '../../api/problem';
import { useWait, waitWords } from './wait';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const refused = (headers: Record<string, string>) =>
  problemOf(new Response(JSON.stringify({ code: 'RATE_LIMITED', title: 'Rate limited', detail: 'Too many.', status: 429 }), { status: 429, headers }));

test('nobody is told to wait for less than it takes', () => {
  expect(waitWords(0)).toEqual({ unit: 'seconds', count: 1 });
  expect(waitWords(0.2)).toEqual({ unit: 'seconds', count: 1 });
  expect(waitWords(90)).toEqual({ unit: 'seconds', count: 90 });
  expect(waitWords(91)).toEqual({ unit: 'minutes', count: 2 });
  expect(waitWords(900)).toEqual({ unit: 'minutes', count: 15 });
  expect(waitWords(841)).toEqual({ unit: 'minutes', count: 15 });
});

test('Retry-After is read from the answer, and what is no number of seconds is not', async () => {
  expect((await refused({ 'Retry-After': '42' })).retryAfter).toBe(42);
  expect((await refused({})).retryAfter).toBeUndefined();
  expect((await refused({ 'Retry-After': 'soon' })).retryAfter).toBeUndefined();
});

test('the wait runs out by itself, and begins anew with another refusal', async () => {
  const first = await refused({ 'Retry-After': '3' });
  const { result, rerender } = renderHook(({ error }: { error: unknown }) => useWait(error), { initialProps: { error: first as unknown } });
  expect(result.current).toBe(3);
  act(() => void vi.advanceTimersByTime(2000));
  expect(result.current).toBe(1);
  act(() => void vi.advanceTimersByTime(5000));
  expect(result.current).toBe(0);
  rerender({ error: new Problem({ status: 429, code: 'RATE_LIMITED', title: '', detail: '' }, 10) });
  expect(result.current).toBe(10);
  rerender({ error: null });
  expect(result.current).toBe(0);
});

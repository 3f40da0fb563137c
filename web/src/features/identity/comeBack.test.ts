import { afterEach, expect, test, vi } from 'vitest';

import { recallWay, rememberWay } from './comeBack';

afterEach(() => {
  sessionStorage.clear();
  vi.useRealTimers();
});

test('the way is remembered once, and not for long', () => {
  rememberWay('/app/runs?status=failed');
  expect(recallWay()).toBe('/app/runs?status=failed');
  expect(recallWay()).toBeUndefined();
  vi.useFakeTimers();
  rememberWay('/app/runs');
  vi.advanceTimersByTime(11 * 60_000);
  expect(recallWay()).toBeUndefined();
});

test('a way that was begun and given up does not lead the next sign-in', () => {
  rememberWay('/app/runs');
  rememberWay(undefined);
  expect(recallWay()).toBeUndefined();
});

test('what is kept cannot lead out of the app', () => {
  sessionStorage.setItem('millrace-come-back', JSON.stringify({ to: 'https://evil.example', until: Date.now() + 1000 }));
  expect(recallWay()).toBe('/app');
  sessionStorage.setItem('millrace-come-back', 'no json');
  expect(recallWay()).toBeUndefined();
});

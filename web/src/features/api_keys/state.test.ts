import { expect, test } from 'vitest';

import { dayFrom, endsAfter, endsOn, stateOf } from './state';

const now = new Date('2026-03-01T12:00:00Z');

test('a key whose time is over opens nothing, whatever it is called', () => {
  expect(stateOf({ status: 'active', expires_at: null }, now)).toBe('active');
  expect(stateOf({ status: 'active', expires_at: '2026-03-01T12:00:00Z' }, now)).toBe('expired');
  expect(stateOf({ status: 'active', expires_at: '2026-03-01T12:00:01Z' }, now)).toBe('active');
  expect(stateOf({ status: 'revoked', expires_at: '2026-01-01T00:00:00Z' }, now)).toBe('revoked');
});

test('ends', () => {
  expect(endsAfter(undefined, now)).toBeNull();
  expect(endsAfter(30, now)).toBe('2026-03-31T12:00:00.000Z');
  expect(new Date(endsAfter(365, now)!).getTime()).toBeLessThan(now.getTime() + 365 * 86_400_000);
  expect(new Date(endsOn('2026-03-05')).getDate()).toBe(5);
  expect(new Date(endsOn('2026-03-05')).getHours()).toBe(23);
  expect(dayFrom(31, new Date(2026, 0, 1))).toBe('2026-02-01');
});

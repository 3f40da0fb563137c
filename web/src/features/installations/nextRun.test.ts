import { expect, test } from 'vitest';

import { nextRun, untilMoved } from './nextRun';

const at = (next_run_at: string | null) => ({ trigger_id: 'trg_1', type: 'schedule' as const, active: true, next_run_at, following_runs_at: [] });
const schedules = [at(null), at('2026-01-15T12:00:00.000000Z'), at('2026-01-15T09:30:00Z')];

test('the next run is that of the first schedule to come', () => {
  expect([nextRun(schedules), nextRun([at(null)]), nextRun([])]).toEqual(['2026-01-15T09:30:00Z', undefined, undefined]);
});

test('the page looks again when it has begun, and each hour before that', () => {
  const now = Date.parse('2026-01-15T09:29:00Z');
  expect([untilMoved(schedules, now), untilMoved(schedules, now - 86_400_000), untilMoved(schedules, now + 120_000), untilMoved([at(null)], now)]).toEqual([70_000, 3_600_000, 10_000, false]);
});

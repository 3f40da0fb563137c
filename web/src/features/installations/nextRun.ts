import type { Schema } from '../../api/types';

/** When it next starts a run by itself, of all its schedules. */
export function nextRun(schedules: ReadonlyArray<Schema<'ScheduleAnswer'>>): string | undefined {
  return schedules.flatMap(({ next_run_at }) => next_run_at ?? []).sort((a, b) => Date.parse(a) - Date.parse(b))[0];
}

/** A server may let some time pass after a slot before it starts a run, in milliseconds. */
const AFTER = 10_000;
const HOUR = 3_600_000;

/** Milliseconds until the schedules have moved on, an hour at most; false: none of them will. */
export function untilMoved(schedules: ReadonlyArray<Schema<'ScheduleAnswer'>>, now: number): number | false {
  const next = nextRun(schedules);
  return next !== undefined && Math.min(Math.max(Date.parse(next) - now, 0) + AFTER, HOUR);
}

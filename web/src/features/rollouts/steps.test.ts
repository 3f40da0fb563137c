import { expect, test } from 'vitest';

import { about, moveTo, nextStep, pace, partsOf, timesWorse, type Rollout } from './steps';

const rollout = (status: Rollout['status'], percentage: number, progress: Partial<Rollout['progress']> = {}) =>
  ({
    status,
    percentage,
    updated_at: '2026-01-01T00:00:00Z',
    progress: { installations: 10, moved: 0, failed: 0, update_required: 0, rolled_back: 0, waiting: 0, pinned: 0, ...progress },
  }) as Rollout;

test('the next step is the first usual share above the present one', () => {
  expect([0, 1, 3, 10, 33.3, 50, 99.99, 100].map((share) => nextStep(share, 1_000_000))).toEqual([1, 5, 5, 25, 50, 100, 100, undefined]);
});

test('a step that would add nobody is left out: of a few installations, the first step is all of them or nearly', () => {
  expect([0, 1, 2, 10, 20, 100].map((installations) => nextStep(0, installations))).toEqual([100, 100, 50, 10, 5, 1]);
  expect(nextStep(10, 8)).toBe(25);
  expect(nextStep(50, 1)).toBe(100);
});

test('a share is about so many installations', () => {
  expect([about(10, 120), about(0.01, 100), about(100, 7), about(25, 0)]).toEqual([12, 0, 7, 0]);
});

test('what setting a share means follows from where the rollout stands', () => {
  expect(moveTo(10, undefined)).toBe('begin');
  expect(moveTo(10, rollout('superseded', 100))).toBe('begin');
  expect(moveTo(25, rollout('active', 10))).toBe('raise');
  expect(moveTo(5, rollout('active', 10))).toBe('lower');
  expect(moveTo(10, rollout('active', 10))).toBe('none');
  expect(moveTo(10, rollout('halted', 0))).toBe('go_on');
  expect(moveTo(100, rollout('rolled_back', 0))).toBe('go_on');
  expect(moveTo(50, rollout('complete', 100))).toBe('lower');
});

test('a rollout is asked about often while something moves or just changed, seldom while it is watched, else not', () => {
  const late = Date.parse('2026-01-01T01:00:00Z');
  expect(pace(rollout('active', 10, { waiting: 3 }), late)).toBe(2000);
  expect(pace(rollout('rolled_back', 0, { waiting: 2 }), late)).toBe(2000);
  expect(pace(rollout('active', 10), late)).toBe(10_000);
  for (const still of [rollout('rolled_back', 0, { rolled_back: 2 }), rollout('complete', 100, { moved: 10 }), rollout('halted', 0, { moved: 3 }), undefined, null]) expect(pace(still, late)).toBe(false);
  expect(pace(rollout('rolled_back', 0), Date.parse('2026-01-01T00:00:10Z'))).toBe(2000);
});

test('installations by what was done with them come to all of them', () => {
  const parts = partsOf(rollout('active', 50, { moved: 3, failed: 1, waiting: 2, pinned: 1 }).progress);
  expect(parts).toEqual([{ part: 'moved', count: 3 }, { part: 'failed', count: 1 }, { part: 'waiting', count: 2 }, { part: 'pinned', count: 1 }, { part: 'beyond', count: 3 }]);
  expect(parts.reduce((sum, { count }) => sum + count, 0)).toBe(10);
  // Counted at different moments, parts may be more than all: none is negative.
  expect(partsOf(rollout('active', 50, { installations: 2, moved: 3 }).progress)).toEqual([{ part: 'moved', count: 3 }]);
});

test('versions are compared once runs of both have ended', () => {
  const runs = (now: number | null, before: number | null) => ({ new: { error_rate: now }, old: { error_rate: before } }) as Rollout['runs'];
  expect(timesWorse(runs(0.3, 0.1))).toBeCloseTo(3);
  expect([timesWorse(runs(null, 0.1)), timesWorse(runs(0.3, null)), timesWorse(runs(0.3, 0))]).toEqual([undefined, undefined, undefined]);
});

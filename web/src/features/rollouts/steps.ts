import type { Schema } from '../../api/types';

export type Rollout = Schema<'RolloutAnswer'>;

/** Shares at which people usually stop and look. */
export const steps = [1, 5, 10, 25, 50, 100] as const;

/** The next share to raise to that adds somebody, of so many installations; nothing once everybody has it. */
export function nextStep(percentage: number, installations: number): number | undefined {
  return steps.find((step) => step > percentage && (step === 100 || ((step - percentage) / 100) * installations >= 1));
}

/** About how many installations a share is. The exact ones follow from their ids, so a small number may differ by a few. */
export function about(percentage: number, installations: number): number {
  return Math.round((percentage / 100) * installations);
}

/** What setting a share means, seen from where the rollout stands. */
export type Move = 'none' | 'raise' | 'lower' | 'go_on' | 'begin';

export function moveTo(target: number, rollout: Rollout | undefined): Move {
  if (!rollout || rollout.status === 'superseded') return 'begin';
  // A halted or withdrawn one stands at nothing, whatever it had reached.
  if (rollout.status === 'halted' || rollout.status === 'rolled_back') return 'go_on';
  if (target === rollout.percentage) return 'none';
  return target > rollout.percentage ? 'raise' : 'lower';
}

/** How long after a change somebody looks closely, in milliseconds. */
const CLOSE = 15_000;

/** How often a rollout is asked about, in milliseconds; `false`: not at all, since nothing moves any more. */
export function pace(rollout: Rollout | null | undefined, now: number): number | false {
  if (!rollout) return false;
  // Who goes back waits for it as well.
  if (rollout.progress.waiting > 0 || now - Date.parse(rollout.updated_at) < CLOSE) return 2000;
  return rollout.status === 'active' ? 10_000 : false;
}

export type Part = 'moved' | 'failed' | 'update_required' | 'rolled_back' | 'waiting' | 'pinned' | 'beyond';

/** All installations by what the rollout has done with them; `beyond` are those that it does not reach. The sum is all of them. */
export function partsOf(progress: Rollout['progress']): ReadonlyArray<{ part: Part; count: number }> {
  const { moved, failed, update_required, rolled_back, waiting, pinned } = progress;
  const known = { moved, failed, update_required, rolled_back, waiting, pinned };
  const sum = Object.values(known).reduce((all, count) => all + count, 0);
  const all = { ...known, beyond: Math.max(0, progress.installations - sum) };
  return (Object.entries(all) as Array<[Part, number]>).map(([part, count]) => ({ part, count })).filter(({ count }) => count > 0);
}

/** How much more often the new version fails than the older ones; nothing while one of the two has ended no run. */
export function timesWorse(runs: Rollout['runs']): number | undefined {
  const { error_rate: now } = runs.new;
  const { error_rate: before } = runs.old;
  return typeof now === 'number' && typeof before === 'number' && before > 0 ? now / before : undefined;
}

import type { Schema } from '../../api/types';

type Run = Schema<'RunSummary'>;

/** Runs of one installation that failed in the same way. */
export interface Failure {
  installation: string;
  code: string;
  count: number;
  /** The latest of them. */
  run: string;
  at: string;
}

/** Failed runs by installation and error, the most frequent first. */
export function failuresOf(runs: readonly Run[]): Failure[] {
  const groups = new Map<string, Failure>();
  for (const run of runs) {
    const code = run.error_code ?? 'UNKNOWN';
    const key = `${run.installation_id} ${code}`;
    const group = groups.get(key);
    if (!group) groups.set(key, { installation: run.installation_id, code, count: 1, run: run.id, at: run.created_at });
    else {
      group.count += 1;
      if (run.created_at > group.at) Object.assign(group, { run: run.id, at: run.created_at });
    }
  }
  return [...groups.values()].sort((a, b) => b.count - a.count || b.at.localeCompare(a.at));
}

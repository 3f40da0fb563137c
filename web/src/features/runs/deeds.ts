import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';

export type ResumeAnswer = Schema<'ResumeAnswer'>;
export type ResumeItem = Schema<'ResumeItem'>;
type ResumeRequest = Partial<Schema<'ResumeRequest'>>;

/** Requests that are under way at the same time when many runs are meant. */
const AT_ONCE = 4;

export const cancelRun = (id: string) => data(api.POST('/api/runs/{id}/cancel', { params: { path: { id } } }));
export const retryRun = (id: string) => data(api.POST('/api/runs/{id}/retry', { params: { path: { id } } }));
export const resumeRun = (id: string, how: ResumeRequest) => data(api.POST('/api/runs/{id}/resume', { params: { path: { id } }, body: how as Schema<'ResumeRequest'> }));
export const resumeRuns = (which: Partial<Schema<'ResumeGroupRequest'>>) => data(api.POST('/api/runs/resume', { body: which as Schema<'ResumeGroupRequest'> }));

export function isOver(status: string): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled' || status === 'skipped';
}

/** Failed and cancelled runs can be repeated and resumed. */
export function isBroken(status: string): boolean {
  return status === 'failed' || status === 'cancelled';
}

/** What became of each of many: one refusal does not stop the others. */
export async function each<Id, Output>(ids: readonly Id[], work: (id: Id) => Promise<Output>, told?: (done: number) => void): Promise<Array<{ id: Id; output?: Output; error?: unknown }>> {
  const results: Array<{ id: Id; output?: Output; error?: unknown }> = [];
  let next = 0;
  let done = 0;
  const worker = async () => {
    for (let at = next++; at < ids.length; at = next++) {
      const id = ids[at] as Id;
      try {
        results[at] = { id, output: await work(id) };
      } catch (error) {
        results[at] = { id, error };
      }
      told?.(++done);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, ids.length) }, worker));
  return results;
}

/** Resumes chosen runs one by one, in the words in which the API answers for a group. */
export async function resumeChosen(ids: readonly string[], how: ResumeRequest, told?: (done: number) => void): Promise<ResumeItem[]> {
  const results = await each(ids, (id) => resumeRun(id, how), told);
  return results.map(({ id, output, error }) => ({
    run_id: id,
    ...(output ? { resumed: output } : { refused: { code: isProblem(error) ? error.code : 'ERROR', message: isProblem(error) ? error.detail : String(error) } }),
  }));
}

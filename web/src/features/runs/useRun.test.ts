import { QueryClient } from '@tanstack/react-query';
import { afterEach, expect, it, vi } from 'vitest';

import { runQuery, type Known } from './useRun';

const entry = (pos: number) => ({ pos, seq: pos, kind: 'fetch', args: {}, ok: true, outcome: null, started_at: '2026-01-01T00:00:00Z', finished_at: '2026-01-01T00:00:00Z', duration_ms: 0 });

/** A server that answers two entries at a time. */
function serve(run: { journal: number; generation: number; status: string }) {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    const after = Number(new URL(request.url).searchParams.get('after') ?? 0);
    asked.push(new URL(request.url).search);
    const all = Array.from({ length: run.journal }, (_, n) => entry(n + 1)).filter(({ pos }) => pos > after);
    return Response.json({ id: 'run_1', status: run.status, generation: run.generation, journal: all.slice(0, 2), journal_next: all.length > 2 ? all[1]?.pos : null, waits: [], logs: [] });
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

it('reads a journal to its end, and afterwards only what is new', async () => {
  const run = { journal: 5, generation: 0, status: 'running' };
  const asked = serve(run);
  const queries = new QueryClient();
  const first = await queries.fetchQuery(runQuery(queries, 'run_1'));
  expect(first.journal.map((each) => each.pos)).toEqual([1, 2, 3, 4, 5]);
  expect(asked).toEqual(['', '?after=2', '?after=4']);
  run.journal = 6;
  run.status = 'completed';
  const second = await queries.fetchQuery({ ...runQuery(queries, 'run_1'), staleTime: 0 });
  expect(asked.slice(3)).toEqual(['?after=5']);
  expect(second.journal).toHaveLength(6);
  expect(second.journal[0]).toBe(first.journal[0]);
  expect(second.run.status).toBe('completed');
});

it('shows what is there while it still reads', async () => {
  serve({ journal: 5, generation: 0, status: 'completed' });
  const queries = new QueryClient();
  const seen: number[] = [];
  queries.getQueryCache().subscribe(() => {
    const known = queries.getQueryData<Known>(['run', 'run_1']);
    if (known && known.journal.length !== seen.at(-1)) seen.push(known.journal.length);
  });
  await queries.fetchQuery(runQuery(queries, 'run_1'));
  expect(seen).toEqual([2, 4, 5]);
});

it('begins anew when the run has begun again', async () => {
  const run = { journal: 3, generation: 0, status: 'running' };
  serve(run);
  const queries = new QueryClient();
  await queries.fetchQuery(runQuery(queries, 'run_1'));
  Object.assign(run, { journal: 1, generation: 1 });
  const again = await queries.fetchQuery({ ...runQuery(queries, 'run_1'), staleTime: 0 });
  expect(again.journal.map((each) => each.pos)).toEqual([1]);
});

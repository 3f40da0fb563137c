import { queryOptions, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';

import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';
import { isOver } from './deeds';

type Detail = Schema<'RunDetail'>;
type Entry = Schema<'JournalEntry'>;

/** A run and as much of its journal as has been read. */
export interface Known {
  run: Detail;
  journal: readonly Entry[];
  /** The journal is there to its present end. */
  complete: boolean;
  /** When it was asked, by this machine's clock. */
  at: number;
}

/** How often a run is looked at besides what its stream tells. */
const RUNNING = 1500;
const WAITING = 5000;

/**
 * A run with its whole journal. What has been read is kept and only what is new is asked for; while a long journal is read
 * for the first time, what is there shows already.
 */
export function runQuery(queries: QueryClient, id: string) {
  const queryKey = ['run', id];
  return queryOptions<Known>({
    queryKey,
    // Comparing thousands of entries costs more than it saves: entries never change, so they stay the same objects anyway.
    structuralSharing: false,
    queryFn: async ({ signal }) => {
      let known = queries.getQueryData<Known>(queryKey);
      for (;;) {
        const after = known?.journal.at(-1)?.pos;
        const run = await data(api.GET('/api/runs/{id}', { params: { path: { id }, query: after === undefined ? {} : { after } }, signal }));
        if (known && known.run.generation !== run.generation) {
          // It has begun again with an empty journal.
          known = undefined;
          continue;
        }
        known = joined(known, run);
        if (known.complete) return known;
        queries.setQueryData(queryKey, known);
      }
    },
  });
}

/** What was known and what came after it. */
export function joined(known: Known | undefined, run: Detail): Known {
  const before = known?.journal ?? [];
  const last = before.at(-1)?.pos ?? 0;
  const fresh = run.journal.filter((entry) => entry.pos > last);
  return { run, journal: fresh.length > 0 ? [...before, ...fresh] : before, complete: run.journal_next === null || run.journal_next === undefined, at: Date.now() };
}

export function useRun(id: string) {
  const queries = useQueryClient();
  return useQuery({
    ...runQuery(queries, id),
    refetchInterval: ({ state }) => {
      const status = state.data?.run.status;
      if (status === undefined || isOver(status)) return false;
      return status === 'waiting' ? WAITING : RUNNING;
    },
  });
}

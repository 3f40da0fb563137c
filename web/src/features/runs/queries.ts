import { infiniteQueryOptions, keepPreviousData, queryOptions, type InfiniteData, type QueryClient } from '@tanstack/react-query';

import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';
import { queryOf, type RunsFilter } from './filters';

type RunsPage = Schema<'Page_RunSummary'>;
type Installation = Schema<'InstallationAnswer'>;

/** Runs of one page of the list. */
const PAGE = 50;
/** Installations whose names are asked for: the list of runs names them, and so does its filter. */
const NAMED = 1000;

/** An instant just after a run was accepted: it is in what was until then, later ones are not. */
function after(run: Schema<'RunSummary'>): string {
  return new Date(Date.parse(run.created_at) + 1).toISOString();
}

/**
 * The list, page by page. `epoch` counts how often the reader asked for what is new: until then, pages asked again bring
 * the same runs in their present state, and nothing moves.
 */
export function runsQuery(queries: QueryClient, filter: RunsFilter, epoch: number) {
  const queryKey = ['runs', 'list', filter, epoch] as const;
  return infiniteQueryOptions({
    queryKey,
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: RunsPage) => page.next_cursor ?? undefined,
    queryFn: ({ pageParam, signal }) => {
      const known = queries.getQueryData<InfiniteData<RunsPage>>(queryKey)?.pages[0]?.data[0];
      const asked = queryOf(filter, Date.now());
      const until = known ? after(known) : asked.until;
      return data(api.GET('/api/runs', { params: { query: given({ ...asked, until, cursor: pageParam, limit: PAGE }) }, signal }));
    },
  });
}

/** Runs that came after the newest that is shown. */
export function newRunsQuery(filter: RunsFilter, newest: Schema<'RunSummary'> | undefined) {
  return queryOptions({
    queryKey: ['runs', 'new', filter, newest?.id],
    enabled: newest !== undefined && filter.until === undefined,
    queryFn: ({ signal }) => data(api.GET('/api/runs', { params: { query: given({ ...queryOf(filter, Date.now()), since: newest && after(newest), limit: PAGE }) }, signal })),
  });
}

/** Every installation by its id, for names and versions. */
export const installationsQuery = queryOptions({
  queryKey: ['installations', 'named'],
  staleTime: 60_000,
  queryFn: async ({ signal }) => {
    const all = new Map<string, Installation>();
    let cursor: string | undefined;
    do {
      const page = await data(api.GET('/api/installations', { params: { query: given({ limit: 200, cursor }) }, signal }));
      for (const each of page.data) all.set(each.id, each);
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined && all.size < NAMED);
    return all;
  },
});

/** Runs that a run started; asked anew when it has asked for more of them. */
export function childrenQuery(parent: string, asked: number) {
  return queryOptions({
    queryKey: ['runs', 'children', parent, asked],
    enabled: asked > 0,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => data(api.GET('/api/runs', { params: { query: { parent, limit: 20 } }, signal })),
  });
}

/** What a run asks people to decide: `waits` of a run name an approval by its id only. Asked anew for each that the run comes to. */
export function approvalsQuery(run: string, approval: string) {
  return queryOptions({
    queryKey: ['approvals', 'of', run, approval],
    queryFn: ({ signal }) => data(api.GET('/api/approvals', { params: { query: { run, status: 'pending', limit: 50 } }, signal })),
  });
}

/** Without members that say nothing: they would stand in the address as words. */
export function given<T extends object>(members: T): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;
}

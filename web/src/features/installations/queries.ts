import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';
import { untilMoved } from './nextRun';

export type Installation = Schema<'InstallationAnswer'>;

/** One installation. While its workflow's `onEnable` runs, and when a schedule has started a run, it is asked again by itself. */
export const installationQuery = (id: string) =>
  queryOptions({
    queryKey: ['installations', id],
    queryFn: () => data(api.GET('/api/installations/{id}', { params: { path: { id } } })),
    refetchInterval: ({ state }) => (state.data?.status === 'activating' ? 2000 : untilMoved(state.data?.schedules ?? [], Date.now())),
  });

/** What is left to set up, with each service and the connection that serves it. */
export const onboardingQuery = (id: string) =>
  queryOptions({ queryKey: ['installations', id, 'onboarding'], queryFn: () => data(api.GET('/api/installations/{id}/onboarding', { params: { path: { id } } })) });

const ENDED = new Set(['completed', 'failed', 'cancelled', 'skipped']);

/** Whether a run has come to its end. */
export function isOver(status: string): boolean {
  return ENDED.has(status);
}

/** The latest runs; looked at more often while one is under way. */
export const recentRunsQuery = (id: string) =>
  queryOptions({
    queryKey: ['runs', 'recent', id],
    queryFn: () => data(api.GET('/api/runs', { params: { query: { installation: id, limit: 8 } } })),
    refetchInterval: ({ state }) => (state.data?.data.some((run) => !isOver(run.status)) ? 2000 : 15_000),
  });

/** One run that was started from this page, until it has ended. */
export const startedRunQuery = (id: string) =>
  queryOptions({
    queryKey: ['runs', id, 'started'],
    queryFn: () => data(api.GET('/api/runs/{id}', { params: { path: { id } } })),
    // One that waits may do so for days.
    refetchInterval: ({ state }) => (state.data && isOver(state.data.status) ? false : state.data?.status === 'waiting' ? 5000 : 1000),
  });

/** What came in last by a webhook: the best sample there is. Nothing where none came yet. */
export const lastDeliveryQuery = (id: string) =>
  queryOptions({
    queryKey: ['runs', 'delivery', id],
    queryFn: async () => {
      const runs = await data(api.GET('/api/runs', { params: { query: { installation: id, limit: 50 } } }));
      const latest = runs.data.find((run) => run.trigger.split(' ')[0] === 'webhook');
      return latest ? ((await data(api.GET('/api/runs/{id}', { params: { path: { id: latest.id } } }))).input ?? null) : null;
    },
    staleTime: 60_000,
  });

/** The last seven days of this installation. */
export const weekQuery = (workflow: string, installation: string) =>
  queryOptions({
    queryKey: ['analytics', workflow, 'week', installation],
    queryFn: () => {
      const from = new Date(Date.now() - 7 * 86_400_000).toISOString();
      return data(api.GET('/api/workflows/{id}/analytics', { params: { path: { id: workflow }, query: { installation, from, interval: 'day' } } }));
    },
    staleTime: 60_000,
  });

/** Accounts that could serve a service; the server knows its other spellings. */
export const accountsQuery = (service: string) =>
  queryOptions({
    queryKey: ['connections', 'of', service],
    queryFn: () => data(api.GET('/api/connections', { params: { query: { service, limit: 200 } } })),
  });

/** Which version it has, and which it is offered. */
export const versionInfoQuery = (id: string) =>
  queryOptions({ queryKey: ['installations', id, 'version-info'], queryFn: () => data(api.GET('/api/installations/{id}/version-info', { params: { path: { id } } })) });

/** All versions of an own workflow, newest first. */
export const ownVersionsQuery = (workflow: string) =>
  queryOptions({
    queryKey: ['developer', 'versions', workflow],
    queryFn: () => data(api.GET('/api/developer/workflows/{id}/versions', { params: { path: { id: workflow } } })),
    staleTime: 60_000,
  });

/** Keys that the workflow stores, page by page. */
export const storageQuery = (id: string, space: Schema<'StorageSpace'>) =>
  infiniteQueryOptions({
    queryKey: ['installations', id, 'storage', space],
    queryFn: ({ pageParam }) => data(api.GET('/api/installations/{id}/storage', { params: { path: { id }, query: { space, limit: 50, ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });

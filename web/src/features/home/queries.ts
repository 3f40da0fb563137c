import { queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';

const DAY = 86_400_000;

/** Days back in which a failure still needs somebody. */
export const FAILURE_DAYS = 7;
/** Failed runs that are looked at; the list of runs has all. */
export const FAILURES = 200;

/** The beginning of the day so many days ago, so that the question is the same all day. */
export function daysAgo(days: number): string {
  const at = new Date(Date.now() - days * DAY);
  at.setHours(0, 0, 0, 0);
  return at.toISOString();
}

/** Looked at again while the page is open: what needs somebody is worth a minute's freshness. */
const refetchInterval = 60_000;

export const failedRunsQuery = queryOptions({
  queryKey: ['runs', 'home', 'failed'],
  queryFn: () => data(api.GET('/api/runs', { params: { query: { status: 'failed', since: daysAgo(FAILURE_DAYS), limit: FAILURES } } })),
  refetchInterval,
});

/** Whether anything ever ran here. */
export const anyRunQuery = queryOptions({
  queryKey: ['runs', 'home', 'any'],
  queryFn: () => data(api.GET('/api/runs', { params: { query: { limit: 1 } } })),
  staleTime: 60_000,
});

export const waitingApprovalsQuery = queryOptions({
  queryKey: ['approvals', 'home'],
  queryFn: () => data(api.GET('/api/approvals', { params: { query: { status: 'pending', limit: 50 } } })),
  refetchInterval,
});

export const homeConnectionsQuery = queryOptions({
  queryKey: ['connections', 'home'],
  queryFn: () => data(api.GET('/api/connections', { params: { query: { limit: 200 } } })),
  refetchInterval,
});

export const homeInstallationsQuery = queryOptions({
  queryKey: ['installations', 'home'],
  queryFn: () => data(api.GET('/api/installations', { params: { query: { limit: 200 } } })),
  refetchInterval,
});

/** Whether somebody else is here already. */
export const homeMembersQuery = queryOptions({
  queryKey: ['members', 'home'],
  queryFn: () => data(api.GET('/api/v1/workspace/users', { params: { query: { limit: 2 } } })),
  staleTime: 60_000,
});

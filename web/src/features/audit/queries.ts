import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { api, data, request } from '../../api/client';
import type { Names } from '../identity/people';
import { queryOf, type AuditSearch } from './search';

export const auditQuery = (search: AuditSearch) =>
  infiniteQueryOptions({
    queryKey: ['audit', search],
    queryFn: ({ pageParam }) => data(api.GET('/api/v1/audit', { params: { query: { ...queryOf(search), limit: 50, ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
  });

export const auditKeysQuery = queryOptions({ queryKey: ['audit', 'keys'], queryFn: () => data(api.GET('/api/v1/audit/keys')) });

/** What the workspace's keys are for, two hundred at a time. */
export const keyNamesQuery = infiniteQueryOptions({
  queryKey: ['api-keys', 'names'],
  queryFn: ({ pageParam }) => data(api.GET('/api/v1/api-keys', { params: { query: { limit: 200, ...(pageParam && { cursor: pageParam }) } } })),
  initialPageParam: '',
  getNextPageParam: (page) => page.next_cursor || undefined,
  select: ({ pages }): Names => new Map(pages.flatMap((page) => page.data.map((each) => [each.id, each.name] as const))),
  staleTime: 60_000,
});

/** The signed export of this time, as it comes. */
export function fetchExport(search: Pick<AuditSearch, 'from' | 'to'>): Promise<Response> {
  const { from, to } = queryOf({ ...(search.from && { from: search.from }), ...(search.to && { to: search.to }) });
  const url = new URL('/api/v1/audit/export', location.origin);
  if (from) url.searchParams.set('from', from);
  if (to) url.searchParams.set('to', to);
  return request(new Request(url));
}

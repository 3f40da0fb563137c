import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';

/** The installation at one look. */
export type System = Schema<'SystemAnswer'>;

export const systemQuery = queryOptions({
  queryKey: ['system'],
  queryFn: () => data(api.GET('/api/v1/admin/system')),
  refetchInterval: 5000,
});

export const tenantsQuery = (status: Schema<'TenantStatus'> | undefined, slug: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ['system', 'tenants', status, slug],
    queryFn: ({ pageParam }) => data(api.GET('/api/v1/admin/tenants', { params: { query: { limit: 50, ...(status && { status }), ...(slug && { slug }), ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
  });

export const personQuery = (email: string) =>
  queryOptions({ queryKey: ['system', 'users', email], queryFn: () => data(api.GET('/api/v1/admin/users', { params: { query: { email } } })), enabled: email !== '' });

export const pendingQuery = queryOptions({
  queryKey: ['system', 'pending'],
  queryFn: () => data(api.GET('/api/developer/workflows/versions/pending-approvals', { params: { query: { limit: 200 } } })),
});

export const ownSupportQuery = queryOptions({ queryKey: ['system', 'support'], queryFn: () => data(api.GET('/api/v1/admin/support-access', { params: { query: { limit: 50 } } })) });

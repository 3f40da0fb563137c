import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { api, data, request } from '../../api/client';
import type { Schema } from '../../api/types';

/** The answer of `GET /api/v1/admin/system`. */
export interface System {
  version: string;
  nodes: Array<{ id: string; roles: string[]; version: string | null; started_at: string; seen_at: string; running: number; here: boolean }>;
  queue: { queued: number; oldest_seconds: number | null; running: number; waiting: Record<string, number> };
  database: { kind: string; bytes: number; pools: Array<{ name: string; open: number; idle: number; most: number }> };
  sandbox: { isolation: string; layers: string[]; children: number; warm: number };
  mails: Record<string, number>;
  mails_leave: boolean;
  warnings: string[];
}

export const systemQuery = queryOptions({
  queryKey: ['system'],
  queryFn: () => data(request(new Request(new URL('/api/v1/admin/system', location.origin))).then(async (answer) => ({ data: (await answer.json()) as System }))),
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

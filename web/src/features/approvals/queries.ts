import { infiniteQueryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';

export type Approval = Schema<'ApprovalAnswer'>;

export const filters = ['pending', 'approved', 'rejected', 'closed', 'all'] as const;
export type Filter = (typeof filters)[number];

/** Requests, newest first. Waiting ones are looked at again while the page is open. */
export const approvalsQuery = (filter: Filter) =>
  infiniteQueryOptions({
    queryKey: ['approvals', filter],
    queryFn: ({ pageParam }) => data(api.GET('/api/approvals', { params: { query: { limit: 50, ...(filter !== 'all' && { status: filter }), ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: filter === 'pending' || filter === 'all' ? 10_000 : false,
  });

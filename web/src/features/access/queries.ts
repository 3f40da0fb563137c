import { infiniteQueryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';

export const grantsKey = (workflow: string) => ['grants', workflow] as const;

/** Who may use a workflow, newest first. */
export const grantsQuery = (workflow: string, revoked: boolean) =>
  infiniteQueryOptions({
    queryKey: [...grantsKey(workflow), { revoked }],
    queryFn: ({ pageParam }) =>
      data(api.GET('/api/developer/workflows/{id}/grants', { params: { path: { id: workflow }, query: { limit: 50, include_revoked: revoked, ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor || undefined,
  });

import { infiniteQueryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';

/** Everybody who belongs to the workspace. */
export const membersQuery = infiniteQueryOptions({
  queryKey: ['members'],
  queryFn: ({ pageParam }) => data(api.GET('/api/v1/workspace/users', { params: { query: { limit: 100, ...(pageParam && { cursor: pageParam }) } } })),
  initialPageParam: '',
  getNextPageParam: (page) => page.next_cursor,
});

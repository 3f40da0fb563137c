import { queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';

/** What can be found by name. Asked when the palette opens, and kept for a while: it opens often. */
const staleTime = 60_000;

export const namedInstallationsQuery = queryOptions({
  queryKey: ['installations', 'palette'],
  queryFn: () => data(api.GET('/api/installations', { params: { query: { limit: 200 } } })),
  staleTime,
});

export const namedWorkflowsQuery = queryOptions({
  queryKey: ['workflows', 'palette'],
  queryFn: () => data(api.GET('/api/developer/workflows', { params: { query: { limit: 200 } } })),
  staleTime,
});

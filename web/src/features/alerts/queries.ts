import { queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';

/** The rules of this workspace about a workflow: twenty at most. Looked at anew while the page is open, since they fire by themselves. */
export const alertsQuery = (workflow: string) =>
  queryOptions({
    queryKey: ['alerts', workflow],
    queryFn: () => data(api.GET('/api/workflows/{id}/alerts', { params: { path: { id: workflow } } })),
    refetchInterval: 30_000,
  });

import { queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';

/** The workflow that is written on, as it is when that begins: what others deploy meanwhile must not replace what is on the screen. */
export const subjectQuery = (id: string) =>
  queryOptions({
    queryKey: ['deploying', id],
    queryFn: () => data(api.GET('/api/developer/workflows/{id}', { params: { path: { id } } })),
    staleTime: Infinity,
    gcTime: 0,
  });

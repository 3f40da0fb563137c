import { queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';

/** The workspace as its members see it. */
export const workspaceQuery = queryOptions({ queryKey: ['workspace'], queryFn: () => data(api.GET('/api/v1/workspace')) });

/** Whether a short name is free; what is free instead. */
export const slugQuery = (slug: string) =>
  queryOptions({
    queryKey: ['slug', slug],
    queryFn: ({ signal }) => data(api.GET('/api/v1/auth/check-subdomain', { params: { query: { slug } }, signal })),
    staleTime: 10_000,
    retry: false,
  });

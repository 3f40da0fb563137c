import { queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';

/** Where a person may sign in besides; with a workspace's short name also at its own provider. */
export const providersQuery = (workspace?: string) =>
  queryOptions({
    queryKey: ['providers', workspace ?? null],
    queryFn: () => data(api.GET('/api/v1/auth/sso/providers', { params: { query: workspace === undefined ? {} : { workspace } } })),
    staleTime: 5 * 60_000,
  });

/** Whose password a link lets choose. Also sets the cookie that choosing it needs. */
export const resetQuery = (token: string) =>
  queryOptions({
    queryKey: ['reset', token],
    queryFn: () => data(api.GET('/api/v1/auth/reset-password', { params: { query: { token } } })),
    staleTime: Infinity,
  });

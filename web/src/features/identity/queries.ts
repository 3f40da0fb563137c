import { queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';

/** Who is signed in, in which workspace. */
export const meQuery = queryOptions({ queryKey: ['me'], queryFn: () => data(api.GET('/api/v1/users/me')), staleTime: 60_000 });

/** The workspaces that are open to the person, with their role in each. */
export const workspacesQuery = queryOptions({
  queryKey: ['workspaces'],
  queryFn: () => data(api.GET('/api/v1/auth/workspaces')),
  staleTime: 60_000,
});

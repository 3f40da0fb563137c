import { queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';

/** What a module reads as `env.NAME`, by name; of secrets there is no value. */
export const variablesQuery = (workflow: string) =>
  queryOptions({ queryKey: ['variables', workflow], queryFn: () => data(api.GET('/api/developer/workflows/{id}/variables', { params: { path: { id: workflow } } })) });

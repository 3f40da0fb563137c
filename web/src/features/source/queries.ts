import { queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';

/** The source of one version, as it was deployed. `version` is an id, a semantic version, `v3` or `latest`. */
export const sourceQuery = (workflow: string, version: string) =>
  queryOptions({
    queryKey: ['source', workflow, version],
    queryFn: () => data(api.GET('/api/developer/workflows/{id}/versions/{v}/source', { params: { path: { id: workflow, v: version } } })),
    // A version never changes; which one is the latest does.
    staleTime: version.startsWith('ver_') ? Infinity : 0,
  });

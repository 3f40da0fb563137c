import { queryOptions } from '@tanstack/react-query';

import { data, request } from '../../api/client';
import type { Files } from './language/protocol';

/** The source of one version, as it was deployed. */
export interface Source {
  entry: string;
  files: Files;
}

/** `version` is an id, a semantic version, `v3` or `latest`. */
export const sourceQuery = (workflow: string, version: string) =>
  queryOptions({
    queryKey: ['source', workflow, version],
    queryFn: () => {
      const path = `/api/developer/workflows/${encodeURIComponent(workflow)}/versions/${encodeURIComponent(version)}/source`;
      return data<Source>(request(new Request(new URL(path, location.origin))).then(async (answer) => ({ data: (await answer.json()) as Source })));
    },
    // A version never changes; which one is the latest does.
    staleTime: version.startsWith('ver_') ? Infinity : 0,
  });

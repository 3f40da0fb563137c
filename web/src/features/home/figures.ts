import { queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';
import { windowOf, type By } from './timeline';

/** What ran in the last day or month. */
export const figuresQuery = (by: By) =>
  queryOptions({
    queryKey: ['runs', 'home', 'figures', by],
    queryFn: () => data(api.GET('/api/v1/workspace/figures', { params: { query: { ...windowOf(by, new Date()), by } } })),
    refetchInterval: 60_000,
  });

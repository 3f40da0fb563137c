import { queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';

/** The workspace's identity provider; null where there is none. */
export const ssoQuery = queryOptions({
  queryKey: ['sso', 'provider'],
  queryFn: () =>
    data(api.GET('/api/v1/workspace/sso')).catch((error: unknown) => {
      if (isProblem(error) && error.status === 404) return null;
      throw error;
    }),
});

export const domainsQuery = queryOptions({ queryKey: ['sso', 'domains'], queryFn: () => data(api.GET('/api/v1/workspace/sso/domains')) });

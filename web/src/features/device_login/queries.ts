import { queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';

/** Which device waits with a code. */
export const deviceQuery = (code: string) =>
  queryOptions({
    queryKey: ['device', code],
    // A browser that sends no credential would get a page of the server's; this one sends its token.
    queryFn: async () => (await data(api.GET('/api/v1/auth/device/approve', { params: { query: { user_code: code } } }))) as Schema<'PendingAnswer'>,
    staleTime: Infinity,
    retry: false,
  });

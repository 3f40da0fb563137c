import { queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';

/** What an invitation is for; `elsewhere` where it is accepted at an identity provider. */
export type Look = Schema<'InvitationLook'> | 'elsewhere';

export const invitationQuery = (token: string) =>
  queryOptions({
    queryKey: ['invitation', token],
    queryFn: async (): Promise<Look> => {
      try {
        // A page must not follow the way to a provider by itself: the browser goes there, and a person sees where.
        return await data(api.GET('/api/v1/auth/accept-invitation', { params: { query: { token } }, redirect: 'manual' }));
      } catch (error) {
        // What a browser makes of a redirect that was not followed: an answer without a status.
        if (isProblem(error, 'HTTP_0')) return 'elsewhere';
        throw error;
      }
    },
    staleTime: Infinity,
    retry: false,
  });

/** Where a browser accepts such an invitation. */
export const providerUrl = (token: string) => `/api/v1/auth/accept-invitation?${new URLSearchParams({ token }).toString()}`;

import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';

/** Authenticator apps, and how many recovery codes are left. */
export const factorsQuery = queryOptions({ queryKey: ['second-factors'], queryFn: () => data(api.GET('/api/v1/users/me/second-factors')) });

export const passkeysQuery = queryOptions({ queryKey: ['passkeys'], queryFn: () => data(api.GET('/api/v1/users/me/passkeys')) });

/** The devices on which the person is signed in. */
export const sessionsQuery = queryOptions({ queryKey: ['sessions'], queryFn: () => data(api.GET('/api/v1/auth/sessions')) });

/** What happened to the account's security, the newest first. */
export const eventsQuery = infiniteQueryOptions({
  queryKey: ['security-events', 'mine'],
  queryFn: ({ pageParam }) => data(api.GET('/api/v1/users/me/security-events', { params: { query: { limit: 20, ...(pageParam && { cursor: pageParam }) } } })),
  initialPageParam: '',
  getNextPageParam: (page) => page.next_cursor || undefined,
});

/** What changes with every second factor that comes or goes. */
export const factorKeys = [factorsQuery.queryKey, passkeysQuery.queryKey, sessionsQuery.queryKey, ['security-events']] as const;

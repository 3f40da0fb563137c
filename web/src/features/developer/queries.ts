import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';

export type Listing = Schema<'DetailAnswer'>;
export type OwnVersion = Schema<'OwnVersionAnswer'>;

/** What this workspace has deployed. */
export const myWorkflowsQuery = infiniteQueryOptions({
  queryKey: ['developer', 'workflows'],
  queryFn: ({ pageParam }) => data(api.GET('/api/developer/workflows', { params: { query: { limit: 25, ...(pageParam && { cursor: pageParam }) } } })),
  initialPageParam: '',
  getNextPageParam: (page) => page.next_cursor || undefined,
});

/**
 * How a workflow of one's own stands in the marketplace. An address may name it by the id that its module states; the marketplace's
 * word may be another one, or another workspace's, so that word is made an id first.
 */
export const listingQuery = (word: string) =>
  queryOptions({
    queryKey: ['developer', 'listing', word],
    queryFn: async () => {
      const id = word.startsWith('wf_') ? word : (await data(api.GET('/api/developer/workflows/{id}', { params: { path: { id: word } } }))).id;
      return data(api.GET('/api/marketplace/{id}', { params: { path: { id } } }));
    },
  });

/** Its versions, newest first, with where each stands. */
export const versionsQuery = (id: string) =>
  queryOptions({ queryKey: ['developer', 'versions', id], queryFn: () => data(api.GET('/api/developer/workflows/{id}/versions', { params: { path: { id } } })) });

export const changelogQuery = (id: string) =>
  queryOptions({ queryKey: ['developer', 'changelog', id], queryFn: () => data(api.GET('/api/developer/workflows/{id}/changelog', { params: { path: { id } } })) });

/** What the newer of two versions breaks for whoever has the older one. */
export const comparisonQuery = (id: string, from: string, to: string) =>
  queryOptions({
    queryKey: ['developer', 'comparison', id, from, to],
    queryFn: () => data(api.POST('/api/developer/workflows/{id}/diff', { params: { path: { id } }, body: { from_version: from, to_version: to } })),
    // Versions do not change.
    staleTime: Infinity,
  });

/** How the runs of the last seven days ended, over all workspaces. */
export const latelyQuery = (id: string) =>
  queryOptions({
    queryKey: ['developer', 'lately', id],
    queryFn: () => {
      const from = new Date(Date.now() - 7 * 86_400_000).toISOString();
      return data(api.GET('/api/workflows/{id}/analytics', { params: { path: { id }, query: { from, interval: 'day' } } }));
    },
    staleTime: 60_000,
  });

/** What the workspace says of itself as a developer. Only for whoever sees its money. */
export const profileQuery = queryOptions({ queryKey: ['developer', 'profile'], queryFn: () => data(api.GET('/api/developer/me')), staleTime: 60_000 });

import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';

export type Listing = Schema<'ListingAnswer'>;
export type Granted = Schema<'GrantedAnswer'>;
export type Detail = Schema<'DetailAnswer'>;

/** What narrows the marketplace down, as it stands in the address. */
export interface Wanted {
  q?: string | undefined;
  category?: string | undefined;
  service?: string | undefined;
  sort?: Sort | undefined;
}

export const sorts = ['relevance', 'popular', 'recent', 'rating'] as const;
export type Sort = (typeof sorts)[number];

/** The marketplace, page by page. `scope`: what is the workspace's own instead. */
export const listingsQuery = ({ q, category, service, sort }: Wanted, scope?: 'own') =>
  infiniteQueryOptions({
    queryKey: ['marketplace', 'list', { q, category, service, sort, scope }],
    queryFn: ({ pageParam, signal }) =>
      data(
        api.GET('/api/marketplace', {
          params: { query: { limit: 48, ...(q ? { q } : {}), ...(category ? { category } : {}), ...(service ? { integration: service } : {}), ...(sort ? { sort } : {}), ...(scope ? { scope } : {}), ...(pageParam ? { cursor: pageParam } : {}) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });

/** Private workflows of others that the workspace, or the person, has been let in to. */
export const grantedQuery = infiniteQueryOptions({
  queryKey: ['marketplace', 'granted'],
  queryFn: ({ pageParam, signal }) => data(api.GET('/api/access/workflows', { params: { query: { limit: 48, ...(pageParam ? { cursor: pageParam } : {}) } }, signal })),
  initialPageParam: '',
  getNextPageParam: (page) => page.next_cursor ?? undefined,
});

/** One workflow with everything that is known before it is installed. Of a draft of its own, the workspace knows the latest version. */
export const detailQuery = (id: string) =>
  queryOptions({
    queryKey: ['marketplace', 'detail', id],
    queryFn: async (): Promise<Detail> => {
      const listing = await data(api.GET('/api/marketplace/{id}', { params: { path: { id } } }));
      if (listing.capabilities || !listing.mine) return listing;
      const own = await data(api.GET('/api/developer/workflows/{id}', { params: { path: { id: listing.id } } }));
      return { ...listing, capabilities: own.versions[0]?.capabilities ?? null };
    },
    staleTime: 60_000,
  });

/** Whether the person may install it, and why not. */
export const accessQuery = (id: string) => queryOptions({ queryKey: ['marketplace', 'access', id], queryFn: () => data(api.GET('/api/marketplace/{id}/access', { params: { path: { id } } })) });

/** Where it comes from, and what was made of it. */
export const lineageQuery = (id: string) => queryOptions({ queryKey: ['marketplace', 'lineage', id], queryFn: () => data(api.GET('/api/marketplace/{id}/lineage', { params: { path: { id } } })), staleTime: 60_000 });

/** The workspace's installations of one workflow. */
export const installedQuery = (workflowId: string) =>
  queryOptions({ queryKey: ['installations', 'of', workflowId], queryFn: () => data(api.GET('/api/installations', { params: { query: { workflow_id: workflowId, limit: 200 } } })) });

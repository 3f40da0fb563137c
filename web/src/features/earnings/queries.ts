import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';

export const periods = ['week', 'month', 'year'] as const;
export type Period = (typeof periods)[number];

/** What the workspace earned as a developer. */
export const earningsQuery = (period: Period) => queryOptions({ queryKey: ['earnings', period], queryFn: () => data(api.GET('/api/developer/earnings', { params: { query: { period } } })) });

/** What it was paid, newest first. */
export const payoutsQuery = infiniteQueryOptions({
  queryKey: ['earnings', 'payouts'],
  queryFn: ({ pageParam }) => data(api.GET('/api/developer/payouts', { params: { query: { limit: 50, ...(pageParam && { cursor: pageParam }) } } })),
  initialPageParam: '',
  getNextPageParam: (page) => page.next_cursor || undefined,
});

/** The names of the workspace's workflows by their ids: the figures know ids only. */
export const namesQuery = queryOptions({
  queryKey: ['earnings', 'names'],
  queryFn: async () => {
    const { data: workflows } = await data(api.GET('/api/developer/workflows', { params: { query: { limit: 200 } } }));
    return new Map(workflows.map((workflow) => [workflow.id, workflow.name || workflow.slug]));
  },
  staleTime: 60_000,
});

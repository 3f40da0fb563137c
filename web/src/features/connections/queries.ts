import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';

export type Connection = Schema<'Connection'>;

/** Connected accounts, newest first. */
export const connectionsQuery = (service: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ['connections', 'list', service ?? ''],
    queryFn: ({ pageParam }) => data(api.GET('/api/connections', { params: { query: { limit: 50, ...(service && { service }), ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });

/** One account, for a link to it. */
export const connectionQuery = (id: string) => queryOptions({ queryKey: ['connections', id], queryFn: () => data(api.GET('/api/connections/{id}', { params: { path: { id } } })) });

/** Every service that accounts can be connected of, with what each asks for. */
export const connectorsQuery = queryOptions({ queryKey: ['connectors'], queryFn: () => data(api.GET('/api/connectors')).then((page) => page.data), staleTime: 5 * 60_000 });

/** What a connection's state comes to. */
export function healthOf(connection: Connection): 'expired' | 'broken' | 'shaky' | 'connected' | 'unseen' {
  if (connection.status === 'expired') return 'expired';
  if (connection.health_status === 'unhealthy') return 'broken';
  if (connection.health_status === 'degraded') return 'shaky';
  return connection.health_status === 'healthy' ? 'connected' : 'unseen';
}

const ranks = { expired: 0, broken: 0, shaky: 1, connected: 2, unseen: 2 };

/** What does not work comes first. */
export function brokenFirst(connections: readonly Connection[]): Connection[] {
  return [...connections].sort((a, b) => ranks[healthOf(a)] - ranks[healthOf(b)]);
}

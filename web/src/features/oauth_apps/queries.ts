import { queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';

export type OAuthApp = Schema<'OAuthApp'>;
export type Tested = Schema<'OAuthAppTested'>;

/** The workspace's own apps, oldest first. */
export const appsQuery = queryOptions({
  queryKey: ['oauth_apps'],
  queryFn: () => data(api.GET('/api/developer/oauth-apps', { params: { query: { limit: 200 } } })),
});

/** Workflows that an app can be for. */
export const workflowsQuery = queryOptions({
  queryKey: ['oauth_apps', 'workflows'],
  queryFn: () => data(api.GET('/api/developer/workflows', { params: { query: { limit: 200 } } })),
  staleTime: 60_000,
});

/** Services that this server connects to: an app is for one of them. */
export const servicesQuery = queryOptions({
  queryKey: ['oauth_apps', 'services'],
  queryFn: async () => (await data(api.GET('/api/connectors'))).data.map((connector) => connector.service),
  staleTime: 300_000,
});

/** Which app is meant: the one for a workflow, or the one for all. */
export function place(app: Pick<OAuthApp, 'provider' | 'workflow_id'>) {
  return { path: { provider: app.provider }, query: app.workflow_id ? { workflow: app.workflow_id } : {} };
}

/** Where a test consent comes back to: this page, at this app. */
export function wayBack(app: Pick<OAuthApp, 'provider' | 'workflow_id'>): string {
  const search = new URLSearchParams({ provider: app.provider, ...(app.workflow_id && { workflow: app.workflow_id }) });
  return `/app/developer/oauth-apps?${search.toString()}`;
}

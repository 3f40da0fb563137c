import { queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';

export type Installation = Schema<'InstallationAnswer'>;
export type Onboarding = Schema<'Onboarding'>;
export type Capabilities = Schema<'Capabilities'>;

/** One installation. While its workflow's `onEnable` runs it is asked again by itself. */
export const installationQuery = (id: string) =>
  queryOptions({
    queryKey: ['installations', id],
    queryFn: () => data(api.GET('/api/installations/{id}', { params: { path: { id } } })),
    refetchInterval: ({ state }) => (state.data?.status === 'activating' ? 1500 : false),
  });

/** What is left to set up. */
export const onboardingQuery = (id: string) =>
  queryOptions({ queryKey: ['installations', id, 'onboarding'], queryFn: () => data(api.GET('/api/installations/{id}/onboarding', { params: { path: { id } } })) });

/** The workspace's accounts at a service. */
export const accountsQuery = (service: string) =>
  queryOptions({ queryKey: ['connections', 'of', service], queryFn: () => data(api.GET('/api/connections', { params: { query: { service, limit: 200 } } })) });

/** The credentials that the organisation brought for a service; null where it brought none. */
export const broughtQuery = (installationId: string, provider: string) =>
  queryOptions({
    queryKey: ['installations', installationId, 'byoo', provider],
    queryFn: async () => {
      try {
        return await data(api.GET('/api/installations/{id}/byoo/{provider}', { params: { path: { id: installationId, provider } } }));
      } catch (error) {
        if (isProblem(error) && error.status === 404) return null;
        throw error;
      }
    },
  });

const ENDED = new Set(['completed', 'failed', 'cancelled', 'skipped']);

export function isOver(status: string): boolean {
  return ENDED.has(status);
}

/** A run that was started here, looked at each moment until it has ended. */
export const watchedRunQuery = (id: string) =>
  queryOptions({
    queryKey: ['runs', id, 'watched'],
    queryFn: () => data(api.GET('/api/runs/{id}', { params: { path: { id } } })),
    // One that waits may do so for days.
    refetchInterval: ({ state }) => (state.data && isOver(state.data.status) ? false : state.data?.status === 'waiting' ? 5000 : 700),
  });

/**
 * A workflow that is named by its id, by the word in its address, or by what its module states: its id, and the workspace's
 * installations of it. Also of a private workflow that the person may not see any more, as long as it is installed; without
 * either there is no id.
 */
export const ofWorkflowQuery = (workflow: string) =>
  queryOptions({
    queryKey: ['installations', 'of', 'named', workflow],
    queryFn: async () => {
      const known = await data(api.GET('/api/marketplace/{id}', { params: { path: { id: workflow } } })).catch((error: unknown) => {
        if (isProblem(error) && error.status === 404) return undefined;
        throw error;
      });
      if (known) return { id: known.id, installations: (await data(api.GET('/api/installations', { params: { query: { workflow_id: known.id, limit: 200 } } }))).data };
      const all = await data(api.GET('/api/installations', { params: { query: { limit: 200 } } }));
      const installations = all.data.filter((each) => each.workflow_id === workflow || each.workflow === workflow);
      return { id: installations[0]?.workflow_id, installations };
    },
  });

import { queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';
import { pace } from './steps';

/** How far the latest rollout has come; null where no version was ever rolled out. Asked again while something moves. */
export const rolloutQuery = (id: string) =>
  queryOptions({
    queryKey: ['rollouts', id],
    queryFn: async () => {
      try {
        return await data(api.GET('/api/developer/workflows/{id}/rollout', { params: { path: { id } } }));
      } catch (error) {
        if (isProblem(error) && error.status === 404) return null;
        throw error;
      }
    },
    refetchInterval: (query) => pace(query.state.data, Date.now()),
  });

/** What the last rehearsal in this tab found. Nobody asks for it: whoever rehearses puts it here. */
export const rehearsalKey = (id: string) => ['rehearsals', id] as const;

export interface Stay {
  id: string;
  name: string;
  version: string;
  update: Schema<'UpdateAnswer'>;
}

/** Installations of the own workspace that a rollout left where they were, with the reason; asked anew when there are more of them. */
export const stayingQuery = (workflow: string, rollout: string, count: number) =>
  queryOptions({
    queryKey: ['rollouts', workflow, 'staying', rollout, count],
    placeholderData: (before, query) => (query?.queryKey[3] === rollout ? before : undefined),
    queryFn: async (): Promise<Stay[]> => {
      const { data: own } = await data(api.GET('/api/installations', { params: { query: { workflow_id: workflow, limit: 50 } } }));
      const found = await Promise.all(
        own.map(async (installation) => {
          const info = await data(api.GET('/api/installations/{id}/version-info', { params: { path: { id: installation.id } } }));
          return { id: installation.id, name: installation.name, version: info.current.version, update: info.last_update };
        }),
      );
      return found.filter((each): each is Stay => each.update?.rollout_id === rollout && (each.update.status === 'failed' || each.update.status === 'update_required'));
    },
  });

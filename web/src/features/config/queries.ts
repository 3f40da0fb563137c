import { keepPreviousData, queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';

/**
 * What the version that an installation has asks for: services, triggers, inputs; null where nobody tells. Of its own workflows
 * a workspace sees every version, of others the one that new installations get.
 */
export const declarationQuery = (installation: Pick<Schema<'InstallationAnswer'>, 'workflow_id' | 'version_id'>) => {
  const { workflow_id: id, version_id: version } = installation;
  return queryOptions({
    queryKey: ['marketplace', 'declaration', id, version],
    queryFn: async (): Promise<Schema<'Capabilities'> | null> => {
      const listed = await data(api.GET('/api/marketplace/{id}', { params: { path: { id } } })).catch(absent);
      if (listed?.capabilities && listed.version?.id === version) return listed.capabilities;
      const own = await data(api.GET('/api/developer/workflows/{id}', { params: { path: { id } } })).catch(absent);
      return own?.versions.find((each) => each.id === version)?.capabilities ?? listed?.capabilities ?? null;
    },
    staleTime: 5 * 60_000,
  });
};

/** What is not there, or not for this person, is nothing. */
function absent(error: unknown): undefined {
  if (isProblem(error) && (error.status === 404 || error.status === 403)) return undefined;
  throw error;
}

/** What a picker can hold, best first, through the installation's own connection. */
export const pickerQuery = (installationId: string, field: string, typed: string) =>
  queryOptions({
    queryKey: ['installation', installationId, 'picker', field, typed],
    queryFn: ({ signal }) => data(api.GET('/api/installations/{id}/pickers/{field}', { params: { path: { id: installationId, field }, query: typed ? { q: typed } : {} }, signal })),
    staleTime: 60_000,
    placeholderData: keepPreviousData,
    // A refusal is an answer: the account is not connected, or the service has no such list.
    retry: (count, error) => count < 1 && isProblem(error) && error.status >= 500 && error.code !== 'PROVIDER_FAILED',
  });

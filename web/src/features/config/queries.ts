import { keepPreviousData, queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';

/** What a workflow asks of whoever installs it: inputs, services, triggers. */
export const declarationQuery = (workflowId: string) =>
  queryOptions({ queryKey: ['marketplace', 'detail', workflowId], queryFn: () => data(api.GET('/api/marketplace/{id}', { params: { path: { id: workflowId } } })), staleTime: 60_000 });

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

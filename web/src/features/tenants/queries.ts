import { queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';

/** The workspace as its members see it. */
export const workspaceQuery = queryOptions({ queryKey: ['workspace'], queryFn: () => data(api.GET('/api/v1/workspace')) });

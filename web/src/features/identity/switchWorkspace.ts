import type { QueryClient } from '@tanstack/react-query';

import { api, data } from '../../api/client';
import { begin } from '../../api/session';

/** Goes on in another workspace of the person's: everything that was shown belongs to the one before. */
export async function switchWorkspace(queries: QueryClient, tenantId: string): Promise<void> {
  const answer = await data(api.POST('/api/v1/auth/switch-workspace', { body: { tenant_id: tenantId } }));
  begin(answer);
  queries.clear();
}

import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useNavigate, useRouter } from '@tanstack/react-router';

import { api, data } from '../../api/client';
import { begin } from '../../api/session';
import { useDo } from '../../ui';

/** Goes on in another workspace of the person's: everything that was shown belongs to the one before. */
export async function switchWorkspace(queries: QueryClient, tenantId: string): Promise<void> {
  const answer = await data(api.POST('/api/v1/auth/switch-workspace', { body: { tenant_id: tenantId } }));
  begin(answer);
  queries.clear();
}

/** As a deed of the frame: the other workspace's first page, or why it does not let the person in. */
export function useSwitchWorkspace(): (tenantId: string) => void {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const router = useRouter();
  const { mutate } = useDo<string>({
    work: async (tenantId) => {
      await switchWorkspace(queries, tenantId);
      await navigate({ to: '/app' });
      await router.invalidate();
    },
  });
  return mutate;
}

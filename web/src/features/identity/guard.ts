import type { QueryClient } from '@tanstack/react-query';
import { redirect } from '@tanstack/react-router';

import { isFresh, renew } from '../../api/session';
import { meQuery, workspacesQuery } from './queries';

/** Before every page of the app: a session, from the cookie if need be, in a workspace; otherwise on to where one gets them, and back. */
export async function signedIn(queries: QueryClient, href: string): Promise<void> {
  if (!isFresh() && !(await renew())) throw redirect({ to: '/app/sign-in', search: { to: href }, replace: true });
  const [me] = await Promise.all([queries.ensureQueryData(meQuery), queries.ensureQueryData(workspacesQuery)]);
  if (!me.tenant_id) throw redirect({ to: '/app/create-workspace', search: { to: href }, replace: true });
}

/** Where a person goes after signing in: an address of this app and nothing else. */
export function safeReturn(to: unknown): string {
  return typeof to === 'string' && /^\/(app|workflows|install)(?:[/?#]|$)/.test(to) && !to.includes('\\') ? to : '/app';
}

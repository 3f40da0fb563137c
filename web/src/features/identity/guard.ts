import type { QueryClient } from '@tanstack/react-query';
import { redirect } from '@tanstack/react-router';

import { isProblem } from '../../api/problem';
import { isFresh, renew } from '../../api/session';
import { recallWay } from './comeBack';
import { meQuery, workspacesQuery } from './queries';

/** Before every page of the app: a session, from the cookie if need be, in a workspace; otherwise on to where one gets them, and back. */
export async function signedIn(queries: QueryClient, href: string): Promise<void> {
  const [me, workspaces] = await person(queries, href);
  if (!me.tenant_id) throw redirect({ to: workspaces.data.length > 0 ? '/app/pick-workspace' : '/app/create-workspace', search: { to: href }, replace: true });
  const way = href === '/app' ? recallWay() : undefined;
  if (way !== undefined && way !== '/app') throw redirect({ href: way, replace: true });
}

/** A session, whether or not it is in a workspace: who has it, and what is open to them. */
export async function person(queries: QueryClient, href: string) {
  if (!isFresh() && !(await renew())) throw redirect({ to: '/app/sign-in', search: { to: href }, replace: true });
  try {
    return await Promise.all([queries.ensureQueryData(meQuery), queries.ensureQueryData(workspacesQuery)]);
  } catch (error) {
    // Somebody who was invited and has not answered the mail yet: nothing else answers them before.
    if (isProblem(error, 'EMAIL_NOT_VERIFIED')) throw redirect({ to: '/app/verify-email', replace: true });
    throw error;
  }
}

/** Where a person goes after signing in: an address of this app and nothing else. */
export function safeReturn(to: unknown): string {
  return typeof to === 'string' && /^\/(app|workflows|install)(?:[/?#]|$)/.test(to) && !to.includes('\\') ? to : '/app';
}

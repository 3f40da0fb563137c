import { createFileRoute, redirect } from '@tanstack/react-router';

import { isFresh, renew } from '../../../api/session';
import { safeReturn } from '../../../features/identity/guard';
import { prefill, takePrefill } from '../../../features/identity/prefill';
import { SignInPage } from '../../../features/sign_in/SignInPage';

export const Route = createFileRoute('/_out/app/sign-in')({
  validateSearch: (search: Record<string, unknown>): { to?: string; error?: string } => ({
    ...(search.to !== undefined && { to: safeReturn(search.to) }),
    ...(typeof search.error === 'string' && { error: search.error }),
  }),
  beforeLoad: async ({ location, search, preload }) => {
    // A password must not stay in the address, nor in the browser's history.
    if (takePrefill(location.hash)) throw redirect({ to: '/app/sign-in', search, hash: '', replace: true });
    if (preload || search.error !== undefined || prefill().email !== undefined) return;
    // Whoever is signed in already has come by a bookmark. A server that is away is told by the form.
    if (isFresh() || (await renew().catch(() => false))) throw redirect({ href: search.to ?? '/app', replace: true });
  },
  component: Page,
});

function Page() {
  const { to, error } = Route.useSearch();
  return <SignInPage to={to} error={error} />;
}

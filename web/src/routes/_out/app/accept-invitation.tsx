import { createFileRoute } from '@tanstack/react-router';

import { isFresh, renew } from '../../../api/session';
import { AcceptInvitationPage } from '../../../features/invitations/AcceptInvitationPage';

export const Route = createFileRoute('/_out/app/accept-invitation')({
  validateSearch: (search: Record<string, unknown>): { token: string } => ({ token: String(search.token ?? '') }),
  // Whoever is signed in needs no password to join. Without an answer of the server the page says so itself.
  beforeLoad: async () => ({ signedIn: isFresh() || (await renew().catch(() => false)) }),
  component: Page,
});

function Page() {
  const { token } = Route.useSearch();
  const { signedIn } = Route.useRouteContext();
  return <AcceptInvitationPage key={token} token={token} signedIn={signedIn} />;
}

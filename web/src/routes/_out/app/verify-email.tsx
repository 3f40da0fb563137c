import { createFileRoute } from '@tanstack/react-router';

import { VerifyEmailPage } from '../../../features/sign_in/VerifyEmailPage';

export const Route = createFileRoute('/_out/app/verify-email')({
  validateSearch: (search: Record<string, unknown>): { token?: string } => (search.token === undefined ? {} : { token: String(search.token) }),
  component: Page,
});

function Page() {
  const { token } = Route.useSearch();
  return <VerifyEmailPage key={token} token={token} />;
}

import { createFileRoute } from '@tanstack/react-router';

import { ResetPasswordPage } from '../../../features/sign_in/ResetPasswordPage';

export const Route = createFileRoute('/_out/app/reset-password')({
  validateSearch: (search: Record<string, unknown>): { token: string } => ({ token: String(search.token ?? '') }),
  component: Page,
});

function Page() {
  const { token } = Route.useSearch();
  return <ResetPasswordPage key={token} token={token} />;
}

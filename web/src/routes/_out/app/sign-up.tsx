import { createFileRoute } from '@tanstack/react-router';

import { safeReturn } from '../../../features/identity/guard';
import { SignUpPage } from '../../../features/sign_in/SignUpPage';

export const Route = createFileRoute('/_out/app/sign-up')({
  validateSearch: (search: Record<string, unknown>): { to?: string } => (search.to === undefined ? {} : { to: safeReturn(search.to) }),
  component: Page,
});

function Page() {
  return <SignUpPage to={Route.useSearch().to} />;
}

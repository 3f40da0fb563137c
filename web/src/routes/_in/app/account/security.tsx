import { createFileRoute } from '@tanstack/react-router';

import { SecurityPage } from '../../../../features/account/SecurityPage';
import { safeReturn } from '../../../../features/identity/guard';

export const Route = createFileRoute('/_in/app/account/security')({
  validateSearch: (search: Record<string, unknown>): { to?: string } => (search.to === undefined ? {} : { to: safeReturn(search.to) }),
  component: Page,
});

function Page() {
  return <SecurityPage to={Route.useSearch().to} />;
}

import { createFileRoute } from '@tanstack/react-router';

import { person, safeReturn } from '../../../features/identity/guard';
import { PickWorkspacePage } from '../../../features/tenants/PickWorkspacePage';

export const Route = createFileRoute('/_out/app/pick-workspace')({
  validateSearch: (search: Record<string, unknown>): { to?: string } => (search.to === undefined ? {} : { to: safeReturn(search.to) }),
  beforeLoad: async ({ context, search }) => {
    await person(context.queries, search.to ?? '/app');
  },
  component: Page,
});

function Page() {
  return <PickWorkspacePage to={Route.useSearch().to} />;
}

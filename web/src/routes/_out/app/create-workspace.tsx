import { createFileRoute } from '@tanstack/react-router';

import { person, safeReturn } from '../../../features/identity/guard';
import { CreateWorkspacePage } from '../../../features/tenants/CreateWorkspacePage';

export const Route = createFileRoute('/_out/app/create-workspace')({
  validateSearch: (search: Record<string, unknown>): { to?: string } => (search.to === undefined ? {} : { to: safeReturn(search.to) }),
  beforeLoad: async ({ context, location }) => {
    await person(context.queries, location.href);
  },
  component: Page,
});

function Page() {
  return <CreateWorkspacePage to={Route.useSearch().to} />;
}

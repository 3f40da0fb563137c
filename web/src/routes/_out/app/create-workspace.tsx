import { createFileRoute } from '@tanstack/react-router';

import { safeReturn } from '../../../features/identity/guard';
import { CreateWorkspacePage } from '../../../features/tenants/CreateWorkspacePage';

export const Route = createFileRoute('/_out/app/create-workspace')({
  validateSearch: (search: Record<string, unknown>): { to?: string } => (search.to === undefined ? {} : { to: safeReturn(search.to) }),
  component: CreateWorkspacePage,
});

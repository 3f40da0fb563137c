import { createFileRoute, useNavigate } from '@tanstack/react-router';

import { ApiKeysPage } from '../../../../features/api_keys/ApiKeysPage';

export const Route = createFileRoute('/_in/app/settings/api-keys')({
  /** `?create` opens the dialog: the command palette leads to it. */
  validateSearch: (search: Record<string, unknown>): { create?: true } => (search.create === true || search.create === 'true' ? { create: true } : {}),
  component: ApiKeys,
});

function ApiKeys() {
  const { create } = Route.useSearch();
  const navigate = useNavigate({ from: Route.fullPath });
  return <ApiKeysPage creating={create === true} onCreating={(open) => void navigate({ search: open ? { create: true } : {}, replace: true })} />;
}

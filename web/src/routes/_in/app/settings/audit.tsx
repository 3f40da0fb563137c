import { createFileRoute, useNavigate } from '@tanstack/react-router';

import { AuditPage } from '../../../../features/audit/AuditPage';
import { readSearch } from '../../../../features/audit/search';

export const Route = createFileRoute('/_in/app/settings/audit')({ validateSearch: readSearch, component: Audit });

function Audit() {
  const search = Route.useSearch();
  const navigate = useNavigate({ from: Route.fullPath });
  return <AuditPage search={search} onSearch={(next) => void navigate({ search: next, replace: true })} />;
}

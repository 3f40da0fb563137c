import { createFileRoute } from '@tanstack/react-router';

import { ConnectionsPage, type Search } from '../../../../features/connections/ConnectionsPage';

const names = ['service', 'id', 'connect', 'connection', 'error'] as const;

/** Keeps the members that are texts. `connect` may be empty: a new one of any service. */
function searchOf(raw: Record<string, unknown>): Search {
  return Object.fromEntries(names.flatMap((name) => (typeof raw[name] === 'string' && (raw[name] !== '' || name === 'connect') ? [[name, raw[name]]] : [])));
}

export const Route = createFileRoute('/_in/app/connections/')({
  validateSearch: searchOf,
  component: Connections,
});

function Connections() {
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  return <ConnectionsPage search={search} onSearch={(next) => void navigate({ search: searchOf({ ...next }), replace: true, resetScroll: false })} />;
}

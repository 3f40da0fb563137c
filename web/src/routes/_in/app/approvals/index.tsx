import { createFileRoute } from '@tanstack/react-router';

import { ApprovalsPage } from '../../../../features/approvals/ApprovalsPage';
import { approvalsQuery, filters, type Filter } from '../../../../features/approvals/queries';

interface Search {
  status?: Filter;
  id?: string;
}

export const Route = createFileRoute('/_in/app/approvals/')({
  validateSearch: (search: Record<string, unknown>): Search => ({
    ...(filters.includes(search.status as Filter) && { status: search.status as Filter }),
    ...(typeof search.id === 'string' && { id: search.id }),
  }),
  loaderDeps: ({ search }) => ({ status: search.status }),
  loader: ({ context, deps }) => void context.queries.prefetchInfiniteQuery(approvalsQuery(deps.status ?? 'pending')),
  component: Approvals,
});

function Approvals() {
  const { status = 'pending', id } = Route.useSearch();
  const navigate = Route.useNavigate();
  return (
    <ApprovalsPage
      filter={status}
      selected={id}
      onFilter={(next) => void navigate({ search: next === 'pending' ? {} : { status: next } })}
      onSelect={(next) => void navigate({ search: (before) => ({ ...(before.status && { status: before.status }), ...(next && { id: next }) }), replace: true, resetScroll: false })}
    />
  );
}

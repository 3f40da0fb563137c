import { createFileRoute } from '@tanstack/react-router';

import { InstalledList } from '../../../../features/installations/InstalledList';
import { statuses, type Status } from '../../../../features/installations/status';
import { priceKinds, type PriceKind } from '../../../../features/marketplace/listing';
import type { MarketplaceSearch } from '../../../../features/marketplace/MarketplaceView';
import { sorts } from '../../../../features/marketplace/queries';
import { views, type View } from '../../../../features/marketplace/views';
import { WorkflowsPage } from '../../../../features/marketplace/WorkflowsPage';

interface Search extends MarketplaceSearch {
  view?: View | undefined;
  status?: Status | undefined;
}

/** Of these, the one that the address says; an address that says nonsense says nothing. */
function among<T extends string>(values: readonly T[], said: unknown): T | undefined {
  return values.find((value) => value === said);
}

function text(said: unknown): string | undefined {
  return typeof said === 'string' || typeof said === 'number' ? String(said) : undefined;
}

export const Route = createFileRoute('/_in/app/workflows/')({
  validateSearch: (said: Record<string, unknown>): Search => ({
    view: among(views, said.view),
    q: text(said.q),
    category: text(said.category),
    service: text(said.service),
    price: among<PriceKind>(priceKinds, said.price),
    sort: among(sorts, said.sort),
    status: among(statuses, said.status),
  }),
  component: Workflows,
});

function Workflows() {
  const { view = 'installed', status, ...search } = Route.useSearch();
  const navigate = Route.useNavigate();
  // Typing and filtering leave one entry in the history, changing the view another one.
  const go = (view: View) => void navigate({ search: { view: view === 'installed' ? undefined : view } });
  return (
    <WorkflowsPage
      view={view}
      onView={go}
      search={search}
      onSearch={(change) => void navigate({ search: (now) => ({ ...now, ...change }), replace: true, resetScroll: false })}
      installed={<InstalledList status={status} onStatus={(status) => void navigate({ search: { status }, replace: true, resetScroll: false })} onMarketplace={() => go('marketplace')} />}
    />
  );
}

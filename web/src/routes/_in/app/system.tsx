import { createFileRoute, useNavigate } from '@tanstack/react-router';

import { SystemPage } from '../../../features/system/SystemPage';
import { tabs, type Tab } from '../../../features/system/tabs';

export const Route = createFileRoute('/_in/app/system')({
  validateSearch: (search: Record<string, unknown>): { tab?: Tab } => {
    const tab = tabs.find((each) => each === search.tab);
    return tab ? { tab } : {};
  },
  component: System,
});

function System() {
  const { tab = 'overview' } = Route.useSearch();
  const navigate = useNavigate({ from: Route.fullPath });
  return <SystemPage tab={tab} onTab={(next) => void navigate({ search: { tab: next }, replace: true })} />;
}

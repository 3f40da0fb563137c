import { createFileRoute } from '@tanstack/react-router';

import { AlertsSection } from '../../../../features/alerts/AlertsSection';
import { AnalyticsPage } from '../../../../features/analytics/AnalyticsPage';
import { searchOf } from '../../../../features/analytics/search';

export const Route = createFileRoute('/_in/app/analytics/$id')({
  validateSearch: searchOf,
  component: Analytics,
});

function Analytics() {
  const { id } = Route.useParams();
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  return <AnalyticsPage id={id} search={search} onSearch={(next) => void navigate({ search: searchOf({ ...next }), replace: true, resetScroll: false })} alerts={(all) => <AlertsSection workflowId={id} all={all} />} />;
}

import { createFileRoute, useNavigate } from '@tanstack/react-router';

import { AccessTab } from '../../../../../features/access/AccessTab';
import { listingQuery, versionsQuery } from '../../../../../features/developer/queries';
import { workflowSearch } from '../../../../../features/developer/tabs';
import { WorkflowPage } from '../../../../../features/developer/WorkflowPage';
import { RolloutTab } from '../../../../../features/rollouts/RolloutTab';
import { VariablesTab } from '../../../../../features/variables/VariablesTab';

export const Route = createFileRoute('/_in/app/developer/workflows/$id')({
  validateSearch: workflowSearch,
  loader: ({ context, params }) => {
    void context.queries.prefetchQuery(listingQuery(params.id));
    void context.queries.prefetchQuery(versionsQuery(params.id));
  },
  component: OwnWorkflow,
});

function OwnWorkflow() {
  const { id } = Route.useParams();
  const { tab = 'overview', v, with: compared, revoked = false } = Route.useSearch();
  const navigate = useNavigate({ from: Route.fullPath });
  return (
    <WorkflowPage
      id={id}
      tab={tab}
      v={v}
      compared={compared}
      go={(to) => void navigate({ search: (now) => (to.tab && to.tab !== now.tab ? { tab: to.tab } : { ...now, ...to }), resetScroll: false })}
      parts={{
        rollout: ({ listing, versions }) => <RolloutTab id={listing.id} versions={versions} v={v} />,
        access: ({ listing }) => (
          <AccessTab listing={listing} revoked={revoked} onRevoked={(shown) => void navigate({ search: { tab: 'access', ...(shown && { revoked: true }) }, replace: true, resetScroll: false })} />
        ),
        variables: ({ listing }) => <VariablesTab workflow={listing.id} />,
      }}
    />
  );
}

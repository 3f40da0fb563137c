import { Skeleton } from '@mantine/core';
import { useQueries, useQuery } from '@tanstack/react-query';
import { createFileRoute, useNavigate } from '@tanstack/react-router';
import { Suspense } from 'react';

import { AccessTab } from '../../../../../features/access/AccessTab';
import { AlertsSection } from '../../../../../features/alerts/AlertsSection';
import { listingQuery, versionsQuery, type OwnVersion } from '../../../../../features/developer/queries';
import { SourceTab } from '../../../../../features/developer/SourceTab';
import { workflowSearch } from '../../../../../features/developer/tabs';
import { WorkflowPage } from '../../../../../features/developer/WorkflowPage';
import { RolloutTab } from '../../../../../features/rollouts/RolloutTab';
import { SourceDiff, sourceQuery, SourceView } from '../../../../../features/source';
import { VariablesTab } from '../../../../../features/variables/VariablesTab';
import { Loaded, ProblemAlert } from '../../../../../ui';

export const Route = createFileRoute('/_in/app/developer/workflows/$id')({
  validateSearch: workflowSearch,
  loader: ({ context, params }) => {
    void context.queries.prefetchQuery(listingQuery(params.id));
    if (params.id.startsWith('wf_')) void context.queries.prefetchQuery(versionsQuery(params.id));
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
        source: ({ listing, versions }) => (
          <SourceTab
            versions={versions}
            v={v}
            compared={compared}
            go={(to) => void navigate({ search: { tab: 'source', v: to.v, ...(to.with && { with: to.with }) }, replace: true, resetScroll: false })}
            view={(version) => <Source workflow={listing.id} version={version} />}
            diff={(older, newer) => <Difference key={`${older.id} ${newer.id}`} workflow={listing.id} older={older} newer={newer} />}
          />
        ),
        rollout: ({ listing, versions }) => <RolloutTab id={listing.id} versions={versions} installs={listing.installs} v={v} />,
        access: ({ listing }) => (
          <AccessTab listing={listing} revoked={revoked} onRevoked={(shown) => void navigate({ search: { tab: 'access', ...(shown && { revoked: true }) }, replace: true, resetScroll: false })} />
        ),
        alerts: ({ listing }) => <AlertsSection workflowId={listing.id} all />,
        variables: ({ listing }) => <VariablesTab workflow={listing.id} />,
      }}
    />
  );
}

const outline = <Skeleton height="min(72vh, 900px)" />;

function Source({ workflow, version }: { workflow: string; version: OwnVersion }) {
  const source = useQuery(sourceQuery(workflow, version.id));
  return (
    <Loaded query={source} skeleton={outline}>
      {({ entry, files }) => (
        <Suspense fallback={outline}>
          <SourceView entry={entry} files={files} />
        </Suspense>
      )}
    </Loaded>
  );
}

function Difference({ workflow, older, newer }: { workflow: string; older: OwnVersion; newer: OwnVersion }) {
  const [before, after] = useQueries({ queries: [sourceQuery(workflow, older.id), sourceQuery(workflow, newer.id)] });
  const error = before.error ?? after.error;
  if (error) return <ProblemAlert error={error} onRetry={() => void Promise.all([before.refetch(), after.refetch()])} />;
  if (!before.data || !after.data) return outline;
  return (
    <Suspense fallback={outline}>
      <SourceDiff before={{ label: older.version, files: before.data.files }} after={{ label: newer.version, files: after.data.files }} />
    </Suspense>
  );
}

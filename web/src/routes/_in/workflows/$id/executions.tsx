import { createFileRoute } from '@tanstack/react-router';

import { PrivatePage } from '../../../../features/marketplace/PrivatePage';
import { RunsOf } from '../../../../features/setup/RunsOf';

/** The runs of a workflow. */
export const Route = createFileRoute('/_in/workflows/$id/executions')({ component: Runs });

function Runs() {
  const { id } = Route.useParams();
  return <RunsOf key={id} workflow={id} refusal={<PrivatePage id={id} />} />;
}

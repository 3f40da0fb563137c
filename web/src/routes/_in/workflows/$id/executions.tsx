import { createFileRoute } from '@tanstack/react-router';

import { RunsOf } from '../../../../features/setup/ConfigurePage';

/** The runs of a workflow. */
export const Route = createFileRoute('/_in/workflows/$id/executions')({ component: Runs });

function Runs() {
  const { id } = Route.useParams();
  return <RunsOf workflow={id} />;
}

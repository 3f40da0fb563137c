import { createFileRoute } from '@tanstack/react-router';

import { RunsOf } from '../../../../../features/setup/ConfigurePage';

/** What runs of a private workflow said. */
export const Route = createFileRoute('/_in/workflows/private/$id/logs')({ component: Runs });

function Runs() {
  const { id } = Route.useParams();
  return <RunsOf workflow={id} />;
}

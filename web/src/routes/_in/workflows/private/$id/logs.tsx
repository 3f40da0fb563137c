import { createFileRoute } from '@tanstack/react-router';

import { PrivatePage } from '../../../../../features/marketplace/PrivatePage';
import { RunsOf } from '../../../../../features/setup/RunsOf';

/** What runs of a private workflow said. */
export const Route = createFileRoute('/_in/workflows/private/$id/logs')({ component: Runs });

function Runs() {
  const { id } = Route.useParams();
  return <RunsOf key={id} workflow={id} refusal={<PrivatePage id={id} />} />;
}

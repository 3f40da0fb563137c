import { createFileRoute } from '@tanstack/react-router';

import { ConfigurePage } from '../../../../../features/setup/ConfigurePage';

const text = (said: unknown): string | undefined => (said === undefined || said === null || said === '' ? undefined : String(said));

/** Where a developer's own set-up page sends people back to, and where a holder of an installation changes it. */
export const Route = createFileRoute('/_in/workflows/private/$id/configure')({
  validateSearch: (said: Record<string, unknown>): { state?: string | undefined; installation?: string | undefined } => ({ state: text(said.state), installation: text(said.installation) }),
  component: Configure,
});

function Configure() {
  const { id } = Route.useParams();
  const { state, installation } = Route.useSearch();
  return <ConfigurePage workflow={id} returned={{ state, installation }} />;
}

import { createFileRoute } from '@tanstack/react-router';

import { PrivatePage } from '../../../../../features/marketplace/PrivatePage';

/** Where a developer sends customers to install a private workflow. */
export const Route = createFileRoute('/_in/workflows/private/$id/')({ component: Install });

function Install() {
  const { id } = Route.useParams();
  return <PrivatePage key={id} id={id} />;
}

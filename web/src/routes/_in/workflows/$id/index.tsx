import { createFileRoute } from '@tanstack/react-router';

import { PrivatePage } from '../../../../features/marketplace/PrivatePage';

/** The address of a workflow that is given to people; the same page as within the app. */
export const Route = createFileRoute('/_in/workflows/$id/')({ component: Detail });

function Detail() {
  const { id } = Route.useParams();
  return <PrivatePage key={id} id={id} />;
}

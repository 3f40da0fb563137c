import { createFileRoute } from '@tanstack/react-router';

import { DetailPage } from '../../../../features/marketplace/DetailPage';
import { accessQuery, detailQuery } from '../../../../features/marketplace/queries';

export const Route = createFileRoute('/_in/app/workflows/$id')({
  // Fetched while the pointer rests on a card; the page shows an outline until then.
  loader: ({ context, params }) => {
    void context.queries.prefetchQuery(detailQuery(params.id));
    void context.queries.prefetchQuery(accessQuery(params.id));
  },
  component: Detail,
});

function Detail() {
  const { id } = Route.useParams();
  return <DetailPage key={id} id={id} />;
}

import { createFileRoute } from '@tanstack/react-router';

import { RunPage } from '../../../../features/runs/RunPage';

/** `entry`: number of the call that is open beside the journal. */
interface Search {
  entry?: number;
}

export const Route = createFileRoute('/_in/app/runs/$id')({
  validateSearch: (search: Record<string, unknown>): Search => {
    const entry = Number(search.entry);
    return Number.isInteger(entry) && entry > 0 ? { entry } : {};
  },
  component: One,
});

function One() {
  const { id } = Route.useParams();
  const { entry } = Route.useSearch();
  // Another run is another page: nothing of the one before is left in it.
  return <RunPage key={id} id={id} entry={entry} />;
}

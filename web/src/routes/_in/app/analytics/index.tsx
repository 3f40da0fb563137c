import { createFileRoute } from '@tanstack/react-router';

import { ChoicePage } from '../../../../features/analytics/ChoicePage';
import { choicesQuery } from '../../../../features/analytics/queries';

export const Route = createFileRoute('/_in/app/analytics/')({
  loader: ({ context }) => void context.queries.prefetchQuery(choicesQuery),
  component: ChoicePage,
});

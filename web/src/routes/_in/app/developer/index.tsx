import { createFileRoute } from '@tanstack/react-router';

import { MyWorkflowsPage } from '../../../../features/developer/MyWorkflowsPage';
import { myWorkflowsQuery } from '../../../../features/developer/queries';

export const Route = createFileRoute('/_in/app/developer/')({
  loader: ({ context }) => void context.queries.prefetchInfiniteQuery(myWorkflowsQuery),
  component: MyWorkflowsPage,
});

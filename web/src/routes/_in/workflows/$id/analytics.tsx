import { createFileRoute, redirect } from '@tanstack/react-router';

/** What the runs of a workflow came to. */
export const Route = createFileRoute('/_in/workflows/$id/analytics')({
  beforeLoad: ({ params }) => {
    throw redirect({ href: `/app/analytics/${encodeURIComponent(params.id)}`, replace: true });
  },
});

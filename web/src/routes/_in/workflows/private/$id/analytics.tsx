import { createFileRoute, redirect } from '@tanstack/react-router';

/** What the runs of a private workflow came to. */
export const Route = createFileRoute('/_in/workflows/private/$id/analytics')({
  beforeLoad: ({ params }) => {
    throw redirect({ href: `/app/analytics/${encodeURIComponent(params.id)}`, replace: true });
  },
});

import { createFileRoute, redirect } from '@tanstack/react-router';

/** The rules about the runs of a workflow. */
export const Route = createFileRoute('/_in/workflows/$id/alerts')({
  beforeLoad: ({ params }) => {
    throw redirect({ href: `/app/analytics/${encodeURIComponent(params.id)}?tab=alerts`, replace: true });
  },
});

import { createFileRoute } from '@tanstack/react-router';

import { Shell } from '../../app/Shell';
import { signedIn } from '../../features/identity/guard';

export const Route = createFileRoute('/_in')({
  beforeLoad: ({ context, location }) => signedIn(context.queries, location.href),
  component: Shell,
});

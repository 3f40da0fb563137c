import { createFileRoute, redirect } from '@tanstack/react-router';

/** The address that mails and problem documents name. */
export const Route = createFileRoute('/_in/app/billing')({
  beforeLoad: () => {
    throw redirect({ to: '/app/settings/billing', replace: true });
  },
});

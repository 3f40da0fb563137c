import { createFileRoute, redirect } from '@tanstack/react-router';

/** The share link of an access code. */
export const Route = createFileRoute('/_in/install')({
  validateSearch: (said: Record<string, unknown>): { code?: string | undefined } => (typeof said.code === 'string' || typeof said.code === 'number' ? { code: String(said.code) } : {}),
  beforeLoad: ({ search }) => {
    throw redirect({ to: '/app/redeem', search, replace: true });
  },
});

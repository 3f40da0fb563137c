import { createFileRoute } from '@tanstack/react-router';

import { safeReturn } from '../../../features/identity/guard';
import { SignInPage } from '../../../features/sign_in/SignInPage';

export const Route = createFileRoute('/_out/app/sign-in')({
  validateSearch: (search: Record<string, unknown>): { to?: string; error?: string } => ({
    ...(search.to !== undefined && { to: safeReturn(search.to) }),
    ...(typeof search.error === 'string' && { error: search.error }),
  }),
  component: SignInPage,
});

import type { QueryClient } from '@tanstack/react-query';

import { api } from '../../api/client';
import { csrf, forget } from '../../api/session';

/** Ends this device's session and leaves nothing of it in the tab. */
export async function signOut(queries: QueryClient): Promise<void> {
  const word = csrf();
  // Signed out already, or the server is away: this tab forgets either way, and the cookie ends by itself.
  await api.POST('/api/v1/auth/logout', { headers: word ? { 'X-CSRF-Token': word } : {} }).catch(() => undefined);
  queries.clear();
  forget();
}

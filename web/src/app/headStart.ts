import type { QueryClient } from '@tanstack/react-query';

import { csrf, renew } from '../api/session';
import { meQuery, workspacesQuery } from '../features/identity/queries';
import { loadWords } from '../i18n';
import type { makeRouter } from './router';

/**
 * What the first page waits for one after the other is asked for at once: the session and whose it is, words and files.
 * Whoever needs them waits for what is under way already, and meets what went wrong with it.
 */
export function headStart(router: ReturnType<typeof makeRouter>, queries: QueryClient): void {
  const path = router.latestLocation.pathname;
  const [routes] = router.getMatchedRoutes(path);
  const asked = [csrf() !== undefined && whose(queries), loadWords(path), ...routes.map((route) => router.loadRouteChunk(route))];
  for (const one of asked) if (one) one.catch(() => {});
}

async function whose(queries: QueryClient): Promise<void> {
  if (await renew()) await Promise.all([queries.prefetchQuery(meQuery), queries.prefetchQuery(workspacesQuery)]);
}

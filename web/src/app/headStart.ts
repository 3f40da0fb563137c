import { csrf, renew } from '../api/session';
import { loadWords } from '../i18n';
import type { makeRouter } from './router';

/**
 * What the first page waits for one after the other is asked for at once: its words, its files and the session.
 * Whoever needs them waits for what is under way already, and meets what went wrong with it.
 */
export function headStart(router: ReturnType<typeof makeRouter>): void {
  const path = router.latestLocation.pathname;
  const [routes] = router.getMatchedRoutes(path);
  const asked: Array<Promise<unknown> | undefined> = [loadWords(path), ...routes.map((route) => router.loadRouteChunk(route))];
  if (csrf() !== undefined) asked.push(renew());
  for (const one of asked) one?.catch(() => {});
}

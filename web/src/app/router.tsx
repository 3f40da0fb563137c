import type { QueryClient } from '@tanstack/react-query';
import { createRouter, parseSearchWith } from '@tanstack/react-router';

import { routeTree } from '../routeTree.gen';
import { Crash, Missing, PageSkeleton } from '../ui';

/** What every route's loader is given. */
export interface RouterContext {
  queries: QueryClient;
}

export function makeRouter(queries: QueryClient) {
  return createRouter({
    routeTree,
    context: { queries },
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    parseSearch: parseSearchWith(searchValue),
    defaultPendingMs: 150,
    // An outline goes as soon as there is something to show: half a second of it is what people would wait for.
    defaultPendingMinMs: 0,
    defaultPendingComponent: PageSkeleton,
    defaultErrorComponent: ({ error, reset }) => <Crash error={error} onRetry={reset} />,
    defaultNotFoundComponent: Missing,
  });
}

/** A value of the address: lists, whole numbers, truth values. Anything else is text: the access code `1E5` is no number. */
export function searchValue(text: string): unknown {
  return /^([[{\"].*|0|-?[1-9]\d{0,14}|true|false|null)$/s.test(text) ? JSON.parse(text) : text;
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}

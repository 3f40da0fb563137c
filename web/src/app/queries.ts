import { QueryClient } from '@tanstack/react-query';

import { isProblem } from '../api/problem';

/** What was asked stays good for a moment; refusals are answers and are not asked again. */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (count, error) => count < 2 && isProblem(error) && (error.status === 0 || error.status === 429 || error.status >= 500),
      },
      mutations: { retry: false },
    },
  });
}

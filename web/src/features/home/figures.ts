import { queryOptions } from '@tanstack/react-query';

import { data, request } from '../../api/client';
import { windowOf, type By, type Point } from './timeline';

/** The answer of `GET /api/v1/workspace/figures`, as far as the chart needs it. */
export interface Figures {
  from: string;
  to: string;
  by: string;
  totals: { total: number; completed: number; failed: number };
  points: Point[];
}

/** What ran in the last day or month. */
export const figuresQuery = (by: By) =>
  queryOptions({
    queryKey: ['runs', 'home', 'figures', by],
    queryFn: async (): Promise<Figures> => {
      const window = windowOf(by, new Date());
      const url = new URL('/api/v1/workspace/figures', location.origin);
      for (const [name, value] of Object.entries({ ...window, by })) url.searchParams.set(name, value);
      return data(request(new Request(url)).then(async (answer) => ({ data: (await answer.json()) as Figures })));
    },
    refetchInterval: 60_000,
  });

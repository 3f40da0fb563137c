import { queryOptions, useQuery } from '@tanstack/react-query';

import { api, data } from '../../api/client';

/** The names of the workspace's people by id. Of more than two hundred, the rest are shown by their ids. */
export const peopleQuery = queryOptions({
  queryKey: ['members', 'names'],
  queryFn: async () => {
    const page = await data(api.GET('/api/v1/workspace/users', { params: { query: { limit: 200 } } }));
    return new Map(page.data.map((each) => [each.user_id as string, each.name || each.email]));
  },
  staleTime: 300_000,
});

/** What somebody is called; the id where nobody may know, or it is a key's. */
export function useNameOf(): (id: string | null | undefined) => string {
  const { data: names } = useQuery({ ...peopleQuery, retry: false });
  return (id) => (id ? (names?.get(id) ?? id) : '–');
}

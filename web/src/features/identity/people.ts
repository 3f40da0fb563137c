import { infiniteQueryOptions, useInfiniteQuery, type InfiniteData, type UseInfiniteQueryResult } from '@tanstack/react-query';
import { useEffect } from 'react';

import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';

const namesOf = ({ pages }: InfiniteData<Schema<'Page_MemberAnswer'>>): Names => new Map(pages.flatMap((page) => page.data.map((each) => [each.user_id, each.name || each.email] as const)));

/** What is called how, by id. */
export type Names = ReadonlyMap<string, string>;

/** The names of the workspace's people by id, two hundred at a time. */
const peopleQuery = infiniteQueryOptions({
  queryKey: ['members', 'names'],
  queryFn: ({ pageParam }) => data(api.GET('/api/v1/workspace/users', { params: { query: { limit: 200, ...(pageParam && { cursor: pageParam }) } } })),
  initialPageParam: '',
  getNextPageParam: (page) => page.next_cursor || undefined,
  select: namesOf,
  staleTime: 300_000,
});

/** The names of these people. Who left the workspace has none, nor has anybody for those who may not see its people. */
export function usePeople(wanted: readonly string[]): Names | undefined {
  const people = useInfiniteQuery({ ...peopleQuery, retry: false });
  return useAllNamed(people, wanted.filter((id) => id.startsWith('usr_')));
}

/** Asks for page after page until each of `wanted` is named or there are no more. */
export function useAllNamed({ data: names, hasNextPage, isFetching, isError, fetchNextPage }: UseInfiniteQueryResult<Names>, wanted: readonly string[]): Names | undefined {
  const goesOn = names !== undefined && hasNextPage && !isFetching && !isError && wanted.some((id) => !names.has(id));
  useEffect(() => {
    if (goesOn) void fetchNextPage();
    // Between two quick answers nothing is drawn: each page is a reason to look again.
  }, [goesOn, names, fetchNextPage]);
  return names;
}

/** What these people are called; the id where nobody may know, or it is a key's. */
export function useNameOf(wanted: ReadonlyArray<string | null | undefined>): (id: string | null | undefined) => string {
  const names = usePeople(wanted.filter((id) => id !== null && id !== undefined));
  return (id) => (id ? (names?.get(id) ?? id) : '–');
}

import { Button, Group, SimpleGrid, Skeleton, Text } from '@mantine/core';
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { useEffect, useMemo, type ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import { ProblemAlert } from '../../ui';
import type { Listing } from './queries';
import { WorkflowCard } from './WorkflowCard';

type Pages<L> = InfiniteData<{ data: L[]; next_cursor?: string | null }>;

/** Cards below which further pages are fetched by themselves while a filter thins them out. */
const ENOUGH = 12;

interface CardGridProps<L extends Listing> {
  query: UseInfiniteQueryResult<Pages<L>>;
  /** Which of them are shown; the server does not know this filter. */
  keep?: (listing: L) => boolean;
  /** What a card says besides. */
  note?: (listing: L) => ReactNode;
  /** Of the cards' headings: 3 under a heading of their own. */
  level?: 2 | 3;
  empty: ReactNode;
}

/** Workflows as cards, with a next page while there is one. */
export function CardGrid<L extends Listing>({ query, keep, note, level = 2, empty }: CardGridProps<L>) {
  const t = useTranslations('workflows');
  const common = useTranslations('common');
  const all = useMemo(() => query.data?.pages.flatMap((page) => page.data) ?? [], [query.data]);
  const rows = keep ? all.filter(keep) : all;
  const isThin = keep !== undefined && rows.length < ENOUGH && query.hasNextPage && !query.isFetching && !query.isError;
  const { fetchNextPage } = query;
  useEffect(() => {
    if (isThin) void fetchNextPage();
  }, [isThin, fetchNextPage]);
  if (query.data === undefined) {
    return query.isError ? <ProblemAlert error={query.error} onRetry={() => void query.refetch()} /> : <CardsSkeleton />;
  }
  if (rows.length === 0) return query.isFetching || isThin ? <CardsSkeleton /> : <>{empty}</>;
  return (
    <>
      <Text fz="sm" c="dimmed" role="status">
        {query.hasNextPage ? t('foundMore', { count: rows.length }) : t('found', { count: rows.length })}
      </Text>
      <SimpleGrid cols={{ base: 1, xs: 2, lg: 3, xl: 4 }} spacing="md" style={{ opacity: query.isPlaceholderData ? 0.6 : 1 }} aria-busy={query.isPlaceholderData}>
        {rows.map((listing) => (
          <WorkflowCard key={listing.id} listing={listing} level={level} note={note?.(listing)} />
        ))}
      </SimpleGrid>
      {query.hasNextPage && (
        <Group justify="center">
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {common('more')}
          </Button>
        </Group>
      )}
    </>
  );
}

function CardsSkeleton() {
  const t = useTranslations('common');
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, lg: 3, xl: 4 }} spacing="md" role="status" aria-label={t('loading')}>
      {Array.from({ length: 8 }, (_, at) => (
        <Skeleton key={at} height={196} radius="md" />
      ))}
    </SimpleGrid>
  );
}

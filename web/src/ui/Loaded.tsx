import { Skeleton, Stack } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import { ProblemAlert } from './ProblemAlert';

interface LoadedProps<T> {
  query: UseQueryResult<T>;
  skeleton?: ReactNode;
  children: (data: T) => ReactNode;
}

/** What a query answered; its outline while it is asked; its refusal with a way to try again. Old data stays while new is asked. */
export function Loaded<T>({ query, skeleton = <TableSkeleton />, children }: LoadedProps<T>) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.isError) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  return <>{skeleton}</>;
}

/** The outline of rows. */
export function TableSkeleton({ rows = 5, height = 36 }: { rows?: number; height?: number }) {
  const t = useTranslations('common');
  return (
    <Stack gap="xs" role="status" aria-label={t('loading')}>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={height} />
      ))}
    </Stack>
  );
}

/** The outline of a page. */
export function PageSkeleton() {
  return (
    <Stack gap="lg">
      <Skeleton height={34} width={260} />
      <TableSkeleton />
    </Stack>
  );
}

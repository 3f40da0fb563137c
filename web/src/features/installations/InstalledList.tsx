import { Button, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconPlayerPlay } from '@tabler/icons-react';
import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';
import { DataTable, Empty, LinkButton, ProblemAlert, StatusBadge, TableSkeleton, TextLink, Time, type Column } from '../../ui';
import { statuses, type Status } from './status';

type Installation = Schema<'InstallationAnswer'>;
/** The workspace's installations; asked again by itself while one of them gets ready. */
export const installationsQuery = (status?: Status) =>
  infiniteQueryOptions({
    queryKey: ['installations', 'list', { status }],
    queryFn: ({ pageParam }) => data(api.GET('/api/installations', { params: { query: { limit: 50, ...(status ? { status } : {}), ...(pageParam ? { cursor: pageParam } : {}) } } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: ({ state }) => (state.data?.pages.some((page) => page.data.some((each) => each.status === 'activating')) ? 2000 : false),
  });

/** What the workspace has installed: where each stands, and what is the matter with it. */
export function InstalledList({ status, onStatus, onMarketplace }: { status: Status | undefined; onStatus: (status: Status | undefined) => void; onMarketplace: () => void }) {
  const t = useTranslations('workflows');
  const query = useInfiniteQuery(installationsQuery(status));
  const rows = query.data?.pages.flatMap((page) => page.data);
  const columns: Array<Column<Installation>> = [
    {
      key: 'name',
      title: t('name'),
      main: true,
      render: (row) => (
        <div style={{ minWidth: 0 }}>
          <TextLink to={`/app/installations/${row.id}` as string} fw={600}>
            {row.name}
          </TextLink>
          <Text fz="xs" c="dimmed">
            {t('versionOf', { version: row.version })} · {row.workflow}
          </Text>
        </div>
      ),
    },
    { key: 'status', title: t('statusTitle'), width: 130, render: (row) => <StatusBadge status={row.status} label={t(`status_${row.status}`)} /> },
    { key: 'problem', title: t('problem'), render: (row) => <Problem row={row} /> },
    { key: 'changed', title: t('changed'), width: 150, render: (row) => <Time at={row.updated_at} /> },
    {
      key: 'next',
      title: t('nextStep'),
      align: 'right',
      width: 140,
      render: (row) =>
        row.status === 'installed' || row.status === 'error' || row.missing_connections.length > 0 ? (
          <LinkButton to="/app/installations/$id/setup" params={{ id: row.id }} size="xs" variant="default">
            {t('goOn')}
          </LinkButton>
        ) : null,
    },
  ];
  return (
    <Stack gap="md">
      <Group gap="xs" role="group" aria-label={t('filterStatus')}>
        {([undefined, ...statuses] as const).map((each) => (
          <Button key={each ?? 'all'} size="xs" variant={each === status ? 'filled' : 'default'} aria-pressed={each === status} onClick={() => onStatus(each)}>
            {each ? t(`status_${each}`) : t('allStatuses')}
          </Button>
        ))}
      </Group>
      {rows === undefined ? (
        query.isError ? <ProblemAlert error={query.error} onRetry={() => void query.refetch()} /> : <TableSkeleton rows={6} height={52} />
      ) : (
        <DataTable
          label={t('viewInstalled')}
          rows={rows}
          columns={columns}
          id={(row) => row.id}
          href={(row) => `/app/installations/${row.id}`}
          {...(query.hasNextPage ? { more: { load: () => void query.fetchNextPage(), loading: query.isFetchingNextPage } } : {})}
          empty={
            status ? (
              <Empty title={t('noneInStatus')} text={t('noneInStatusText')} action={<Button variant="default" onClick={() => onStatus(undefined)}>{t('allStatuses')}</Button>} />
            ) : (
              <Empty
                icon={<IconPlayerPlay size={28} />}
                title={t('noneInstalled')}
                text={t('noneInstalledText')}
                action={
                  <>
                    <Button onClick={onMarketplace}>{t('toMarketplace')}</Button>
                    <LinkButton to={'/app/developer/deploy' as string} variant="default">
                      {t('deployOwn')}
                    </LinkButton>
                  </>
                }
              />
            )
          }
        />
      )}
    </Stack>
  );
}

/** What keeps an installation from working, in one line. */
function Problem({ row }: { row: Installation }) {
  const t = useTranslations('workflows');
  const text = row.problem ?? (row.missing_connections.length > 0 ? t('missingAccounts', { services: row.missing_connections.join(', ') }) : row.status === 'installed' ? t('notSetUp') : undefined);
  if (!text) return <Text c="dimmed">–</Text>;
  return (
    <Group gap={6} wrap="nowrap" align="flex-start">
      <IconAlertTriangle size={16} aria-hidden style={{ flex: 'none', marginTop: 3 }} />
      <Text fz="sm" lineClamp={2}>
        {text}
      </Text>
    </Group>
  );
}

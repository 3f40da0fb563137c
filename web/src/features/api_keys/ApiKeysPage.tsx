import { Badge, Button, Group, Text } from '@mantine/core';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query';
import { useNow, useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { DataTable, Empty, Page, ProblemAlert, Section, StatusBadge, TableSkeleton, Time, useConfirm, useDo } from '../../ui';
import { useMe } from '../identity/useMe';
import { KeyDialog } from './KeyDialog';
import { stateOf } from './state';

const keysQuery = infiniteQueryOptions({
  queryKey: ['api-keys'],
  queryFn: ({ pageParam }) => data(api.GET('/api/v1/api-keys', { params: { query: { limit: 100, ...(pageParam && { cursor: pageParam }) } } })),
  initialPageParam: '',
  getNextPageParam: (page) => page.next_cursor,
});

/** The keys of the workspace, or those that a member made. */
export function ApiKeysPage({ creating, onCreating }: { creating: boolean; onCreating: (open: boolean) => void }) {
  const t = useTranslations('settings.apiKeys');
  const common = useTranslations('common');
  const confirm = useConfirm();
  const now = useNow({ updateInterval: 60_000 });
  const { manages } = useMe();
  const query = useInfiniteQuery(keysQuery);
  const revoke = useDo({ work: (key_id: string) => api.DELETE('/api/v1/api-keys/{key_id}', { params: { path: { key_id } } }), renews: [['api-keys']], says: t('revokeSaid') });
  const rows = query.data?.pages.flatMap((page) => page.data);
  const make = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => onCreating(true)}>
      {t('make')}
    </Button>
  );
  return (
    <Page title={t('title')} description={t('description')} actions={manages && make}>
      <Section title={t('list')}>
        {rows ? (
          <DataTable
            label={t('list')}
            rows={rows}
            id={(row) => row.id}
            empty={<Empty icon={<IconKey size={36} stroke={1.4} />} title={t('none')} text={t('noneText')} />}
            more={query.hasNextPage ? { load: () => void query.fetchNextPage(), loading: query.isFetchingNextPage } : undefined}
            columns={[
              {
                key: 'name',
                title: t('name'),
                main: true,
                render: (row) => (
                  <div>
                    <Text fw={550}>{row.name}</Text>
                    {row.last4 && (
                      <Text fz="sm" c="dimmed" ff="monospace">
                        …{row.last4}
                      </Text>
                    )}
                  </div>
                ),
              },
              {
                key: 'scopes',
                title: t('scopes'),
                render: (row) => (
                  <Group gap={4}>
                    {row.role ? t('role', { role: row.role }) : row.permissions.map((scope) => (
                      <Badge key={scope} variant="default" tt="none" fw={500}>
                        {t(`scopeNames.${scope}`)}
                      </Badge>
                    ))}
                  </Group>
                ),
              },
              { key: 'status', title: common('status'), render: (row) => <StatusBadge status={stateOf(row, now)} label={t(stateOf(row, now))} /> },
              { key: 'made', title: t('made'), render: (row) => <Time at={row.created_at} /> },
              {
                key: 'used',
                title: t('used'),
                render: (row) => (
                  <>
                    <Time at={row.last_used_at} /> {row.last_used_ip && t('usedFrom', { ip: row.last_used_ip })}
                  </>
                ),
              },
              { key: 'ends', title: t('ends'), render: (row) => <Time at={row.expires_at} /> },
              {
                key: 'do',
                title: '',
                align: 'right',
                render: (row) =>
                  row.status !== 'revoked' && (
                    <Button
                      size="xs"
                      variant="default"
                      aria-label={t('revokeOf', { name: row.name })}
                      loading={revoke.isPending && revoke.variables === row.id}
                      onClick={async () => (await confirm({ title: t('revokeTitle', { name: row.name }), text: t('revokeText'), action: t('revoke'), danger: true })) && revoke.mutate(row.id)}
                    >
                      {t('revoke')}
                    </Button>
                  ),
              },
            ]}
          />
        ) : query.isError ? (
          <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <TableSkeleton />
        )}
      </Section>
      {creating && manages && <KeyDialog onClose={() => onCreating(false)} />}
    </Page>
  );
}

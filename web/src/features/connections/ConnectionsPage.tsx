import { ActionIcon, Alert, Anchor, Button, Group, Text, Tooltip } from '@mantine/core';
import { IconPlug, IconPlus, IconRefresh, IconTrash } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslations } from 'use-intl';

import { DataTable, Empty, Page, ProblemAlert, StatusBadge, TableSkeleton, TextLink, Time } from '../../ui';
import { useMe } from '../identity/useMe';
import { useReconnect, useRemove } from './deeds';
import { ConnectionDetail } from './ConnectionDetail';
import { NewConnection } from './NewConnection';
import { brokenFirst, connectionsQuery, connectorsQuery, healthOf, type Connection } from './queries';
import { titleOf } from './ways';

export interface Search {
  service?: string | undefined;
  /** The one that is looked at. */
  id?: string | undefined;
  /** A new one is made, of this service if one is named. */
  connect?: string | undefined;
  /** What a consent ended with. */
  connection?: string | undefined;
  error?: string | undefined;
}

/** The accounts of the workspace. */
export function ConnectionsPage({ search, onSearch }: { search: Search; onSearch: (search: Search) => void }) {
  const t = useTranslations('connections');
  const { edits } = useMe();
  const query = useInfiniteQuery(connectionsQuery(search.service));
  const connectors = useQuery(connectorsQuery).data;
  const reconnect = useReconnect();
  const remove = useRemove();
  const rows = useMemo(() => brokenFirst(query.data?.pages.flatMap((page) => page.data) ?? []), [query.data]);
  const create = edits && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => onSearch({ ...search, connect: '' })}>
      {t('create')}
    </Button>
  );
  const href = (row: Connection) => `/app/connections?id=${row.id}`;
  return (
    <Page title={t('title')} description={t('description')} actions={rows.length > 0 && create}>
      <Came search={search} onClose={() => onSearch({ ...search, connection: undefined, error: undefined })} />
      {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <TableSkeleton />}
      {query.data && (
        <DataTable
          label={t('title')}
          rows={rows}
          id={(row) => row.id}
          empty={<Empty icon={<IconPlug size={40} />} title={t('none')} text={t('noneText')} action={create} />}
          more={query.hasNextPage ? { load: () => void query.fetchNextPage(), loading: query.isFetchingNextPage } : undefined}
          columns={[
            {
              key: 'account', title: t('account'), main: true,
              render: (row) => (
                <>
                  <TextLink to="/app/connections" search={{ ...search, id: row.id }}>{row.name}</TextLink>
                  {row.account_label && row.account_label !== row.name && <Text fz="xs">{row.account_label}</Text>}
                </>
              ),
            },
            { key: 'service', title: t('service'), render: (row) => titleOf(row.service, connectors) },
            {
              key: 'health', title: t('health'),
              render: (row) => (
                <>
                  <Health connection={row} />
                  {row.last_error && healthOf(row) !== 'connected' && <Text fz="xs" lineClamp={2} style={{ overflowWrap: 'anywhere' }}>{row.last_error}</Text>}
                </>
              ),
            },
            { key: 'scopes', title: t('scopes'), render: (row) => <Tooltip label={row.scopes.join(', ')} disabled={row.scopes.length === 0} multiline maw={360}><span>{t('scopeCount', { count: row.scopes.length })}</span></Tooltip> },
            { key: 'uses', title: t('usedBy'), render: (row) => <Users connection={row} /> },
            { key: 'checked', title: t('checked'), render: (row) => <Time at={row.last_health_check_at} /> },
            ...(edits
              ? [
                  {
                    key: 'deeds', title: '', align: 'right' as const,
                    render: (row: Connection) => (
                      <Group gap={4} wrap="nowrap" justify="flex-end">
                        {row.reconnect_url && (
                          <Tooltip label={t('reconnect', { name: row.name })}>
                            <ActionIcon variant="subtle" aria-label={t('reconnect', { name: row.name })} loading={reconnect.isPending && reconnect.variables.id === row.id} onClick={() => reconnect.mutate(row)}><IconRefresh size={16} aria-hidden /></ActionIcon>
                          </Tooltip>
                        )}
                        <Tooltip label={t('remove', { name: row.name })}>
                          <ActionIcon variant="subtle" color="red" aria-label={t('remove', { name: row.name })} onClick={() => void remove(row)}><IconTrash size={16} aria-hidden /></ActionIcon>
                        </Tooltip>
                      </Group>
                    ),
                  },
                ]
              : []),
          ]}
          href={href}
        />
      )}
      {search.id !== undefined && <ConnectionDetail id={search.id} onClose={() => onSearch({ ...search, id: undefined })} />}
      {search.connect !== undefined && edits && <NewConnection service={search.connect} onClose={() => onSearch({ ...search, connect: undefined })} />}
    </Page>
  );
}

export function Health({ connection }: { connection: Connection }) {
  const t = useTranslations('connections');
  const health = healthOf(connection);
  const tones = { expired: 'bad', broken: 'bad', shaky: 'waiting', connected: 'good', unseen: 'idle' } as const;
  return <StatusBadge status={health} tone={tones[health]} label={t(`health_${health}`)} />;
}

/** The installations that use an account: the newest by name, of the rest how many. */
export function Users({ connection: { used_by } }: { connection: Connection }) {
  const t = useTranslations('connections');
  if (used_by.count === 0) return <>{t('unused')}</>;
  const rest = used_by.count - used_by.installations.length;
  return (
    <Group gap={8}>
      {used_by.installations.map((user) => (
        <TextLink key={user.id} to="/app/installations/$id" params={{ id: user.id }} search={{ tab: 'connections' }} fz="sm">{user.name}</TextLink>
      ))}
      {rest > 0 && <Text fz="sm">{t('usedByMore', { count: rest })}</Text>}
    </Group>
  );
}

const explained = ['OAUTH_REFUSED', 'INVALID_STATE', 'CREDENTIALS_MISMATCH', 'CREDENTIALS_SUSPENDED'] as const;

/** How the consent ended that led back here. */
function Came({ search, onClose }: { search: Search; onClose: () => void }) {
  const t = useTranslations('connections');
  const common = useTranslations('common');
  const { error, connection } = search;
  if (error !== undefined) {
    const known = explained.find((each) => each === error);
    return (
      <Alert color="red" variant="light" role="alert" title={t('failed')} withCloseButton closeButtonLabel={common('close')} onClose={onClose}>
        <Text fz="sm">{known ? t(`error_${known}`) : t('error_other', { code: error })}</Text>
        {/^[A-Z0-9_]+$/.test(error) && <Anchor fz="sm" href={`/api/docs/errors/${error}`} target="_blank">{t('aboutError', { code: error })}</Anchor>}
      </Alert>
    );
  }
  return connection !== undefined ? <Alert color="teal" variant="light" role="status" withCloseButton closeButtonLabel={common('close')} onClose={onClose}>{t('connected')}</Alert> : null;
}

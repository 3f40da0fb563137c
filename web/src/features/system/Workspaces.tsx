import { ActionIcon, Group, Menu, Select, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconDots } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api } from '../../api/client';
import type { Schema } from '../../api/types';
import { DataTable, Empty, ProblemAlert, Section, StatusBadge, TableSkeleton, Time, useConfirm, useDo, useFormat } from '../../ui';
import { tenantsQuery } from './queries';
import { ReasonDialog } from './ReasonDialog';

type Workspace = Schema<'OverseenWorkspace'>;
type Deed = 'suspend' | 'deactivate' | 'reactivate' | 'openSupport';
const states = ['active', 'suspended', 'deactivated', 'deleted'] as const;

/** All workspaces: names and states, and what staff may do about them. */
export function Workspaces() {
  const t = useTranslations('system');
  const [status, setStatus] = useState<Schema<'TenantStatus'>>();
  const [typed, type] = useState('');
  const [slug] = useDebouncedValue(typed.trim(), 350);
  const [asked, ask] = useState<{ deed: Deed; workspace: Workspace }>();
  const query = useInfiniteQuery({ ...tenantsQuery(status, slug || undefined), placeholderData: keepPreviousData });
  const rows = query.data?.pages.flatMap((page) => page.data);
  const format = useFormat();
  const work = ({ deed, workspace }: { deed: Deed; workspace: Workspace }) => (reason: string, hours: number) => {
    const params = { params: { path: { tenant_id: workspace.tenant_id } } };
    if (deed === 'openSupport') return api.POST('/api/v1/admin/tenants/{tenant_id}/support-access', { ...params, body: { reason, hours } });
    if (deed === 'suspend') return api.POST('/api/v1/admin/tenants/{tenant_id}/suspend', { ...params, body: { reason } });
    if (deed === 'deactivate') return api.POST('/api/v1/admin/tenants/{tenant_id}/deactivate', { ...params, body: { reason } });
    return api.POST('/api/v1/admin/tenants/{tenant_id}/reactivate', { ...params, body: { reason } });
  };
  return (
    <Section title={t('workspaces')}>
      <Stack>
        <Group align="flex-end">
          <TextInput label={t('slug')} value={typed} onChange={(event) => type(event.currentTarget.value)} spellCheck={false} autoComplete="off" />
          <Select label={t('state')} placeholder={t('anyState')} clearable data={[...states]} value={status ?? null} onChange={(value) => setStatus(states.find((each) => each === value))} />
        </Group>
        {rows ? (
          <DataTable
            label={t('workspaces')}
            rows={rows}
            id={(row) => row.tenant_id}
            empty={<Empty title={t('workspacesNone')} text={t('workspacesNoneText')} />}
            more={query.hasNextPage ? { load: () => void query.fetchNextPage(), loading: query.isFetchingNextPage } : undefined}
            columns={[
              {
                key: 'name',
                title: t('name'),
                main: true,
                render: (row) => (
                  <div>
                    <Text fw={550}>{row.workspace_name}</Text>
                    <Text fz="sm" c="dimmed">
                      {row.workspace_slug}
                    </Text>
                  </div>
                ),
              },
              {
                key: 'state',
                title: t('state'),
                render: (row) => (
                  <>
                    <StatusBadge status={row.status} />
                    {row.deleted_on && <Text fz="sm">{t('deletedOn', { date: format.date(row.deleted_on) })}</Text>}
                  </>
                ),
              },
              { key: 'members', title: t('members'), align: 'right', render: (row) => format.number(row.members) },
              { key: 'created', title: t('created'), render: (row) => <Time at={row.created_at} /> },
              { key: 'do', title: '', align: 'right', render: (row) => <WorkspaceDeeds workspace={row} onAsk={(deed) => ask({ deed, workspace: row })} /> },
            ]}
          />
        ) : query.isError ? (
          <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <TableSkeleton />
        )}
      </Stack>
      {asked && (
        <ReasonDialog
          title={`${t(asked.deed)}: ${asked.workspace.workspace_name}`}
          text={t(`${asked.deed}Text`)}
          action={t(asked.deed)}
          danger={asked.deed === 'suspend' || asked.deed === 'deactivate'}
          hours={asked.deed === 'openSupport'}
          work={work(asked)}
          onClose={() => ask(undefined)}
        />
      )}
    </Section>
  );
}

function WorkspaceDeeds({ workspace, onAsk }: { workspace: Workspace; onAsk: (deed: Deed) => void }) {
  const t = useTranslations('system');
  const confirm = useConfirm();
  const remove = useDo({
    work: () => api.POST('/api/v1/admin/tenants/{tenant_id}/delete', { params: { path: { tenant_id: workspace.tenant_id } }, body: { confirm_slug: workspace.workspace_slug } }),
    renews: [['system']],
    says: t('did'),
  });
  if (workspace.status === 'deleted') return null;
  const active = workspace.status === 'active';
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={t('actionsOf', { name: workspace.workspace_name })} loading={remove.isPending}>
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {active && <Menu.Item onClick={() => onAsk('openSupport')}>{t('openSupport')}</Menu.Item>}
        {active && <Menu.Item onClick={() => onAsk('suspend')}>{t('suspend')}</Menu.Item>}
        {workspace.status !== 'deactivated' && <Menu.Item onClick={() => onAsk('deactivate')}>{t('deactivate')}</Menu.Item>}
        {!active && <Menu.Item onClick={() => onAsk('reactivate')}>{t('reactivate')}</Menu.Item>}
        {workspace.status === 'deactivated' && (
          <Menu.Item
            color="red"
            onClick={async () => (await confirm({ title: t('deleteGood'), text: t('deleteText'), action: t('deleteGood'), danger: true, word: workspace.workspace_slug })) && remove.mutate()}
          >
            {t('deleteGood')}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

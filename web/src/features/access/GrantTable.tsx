import { ActionIcon, Group, Menu, Progress, Stack, Text, Tooltip } from '@mantine/core';
import { IconDotsVertical, IconPencil, IconUserX } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import { api } from '../../api/client';
import { DataTable, StatusBadge, Time, useConfirm, useDo, useFormat, type Column } from '../../ui';
import { useMe } from '../identity/useMe';
import { stateOf, whom, type Grant } from './grantForm';
import { kindIcons } from './kindIcons';
import { LimitsDialog } from './LimitsDialog';
import { grantsKey } from './queries';

interface GrantTableProps {
  workflow: string;
  grants: readonly Grant[];
  empty: ReactNode;
  more: { load: () => void; loading: boolean } | undefined;
}

/** All grants of a workflow with what has become of them. */
export function GrantTable({ workflow, grants, empty, more }: GrantTableProps) {
  const t = useTranslations('developer.access');
  const { edits } = useMe();
  const [changing, change] = useState<Grant>();
  const columns: Array<Column<Grant>> = [
    { key: 'whom', title: t('whom'), main: true, render: (grant) => <Whom grant={grant} /> },
    { key: 'usage', title: t('usage'), width: 180, render: (grant) => <Usage grant={grant} /> },
    { key: 'ends', title: t('ends'), render: (grant) => <Ends grant={grant} /> },
    {
      key: 'origin',
      title: t('origin'),
      render: (grant) => (
        <Tooltip label={t('originHint')} disabled={grant.origin !== 'metadata'} multiline maw={320}>
          <span tabIndex={grant.origin === 'metadata' ? 0 : undefined}>{t(`origins.${grant.origin === 'metadata' ? 'metadata' : 'api'}`)}</span>
        </Tooltip>
      ),
    },
    { key: 'created', title: t('created'), render: (grant) => <Time at={grant.created_at} /> },
    ...(edits ? [{ key: 'deeds', title: '', width: 48, align: 'right' as const, render: (grant: Grant) => !grant.revoked_at && <Deeds workflow={workflow} grant={grant} onChange={() => change(grant)} /> }] : []),
  ];
  return (
    <>
      <DataTable label={t('title')} rows={grants} columns={columns} id={(grant) => grant.id} empty={empty} more={more} />
      <LimitsDialog workflow={workflow} grant={changing} onClose={() => change(undefined)} />
    </>
  );
}

function Whom({ grant }: { grant: Grant }) {
  const t = useTranslations('developer.access');
  const Icon = kindIcons[grant.grant_type];
  return (
    <Group gap="sm" wrap="nowrap" align="flex-start">
      <Icon size={18} aria-hidden style={{ flex: 'none', marginTop: 2 }} />
      <Stack gap={0} style={{ minWidth: 0, overflowWrap: 'anywhere' }}>
        <Text span fw={600} fz="sm" td={grant.revoked_at ? 'line-through' : undefined}>
          {whom(grant)}
        </Text>
        <Text span fz="xs" c="dimmed">
          {t(`kinds.${grant.grant_type}`)}
        </Text>
        {grant.notes && <Text span fz="sm">{grant.notes}</Text>}
      </Stack>
    </Group>
  );
}

function Usage({ grant }: { grant: Grant }) {
  const t = useTranslations('developer.access');
  if (typeof grant.max_installs !== 'number') return <span className="tabular">{t('usageAny', { used: grant.used })}</span>;
  const text = t('usageOf', { used: grant.used, most: grant.max_installs });
  return (
    <Stack gap={4} miw={120}>
      <Text span inherit className="tabular">
        {text}
      </Text>
      {/* The same numbers stand above it. */}
      <Progress value={(100 * grant.used) / grant.max_installs} aria-hidden size="sm" color={grant.used >= grant.max_installs ? 'yellow.7' : undefined} />
    </Stack>
  );
}

function Ends({ grant }: { grant: Grant }) {
  const t = useTranslations('developer.access');
  const format = useFormat();
  const state = stateOf(grant, Date.now());
  return (
    <Stack gap={4} align="flex-start">
      {state === 'revoked' && <StatusBadge status="revoked" label={t('revoked')} />}
      {state === 'ended' && <StatusBadge status="expired" label={t('ended')} />}
      {state === 'exhausted' && <StatusBadge status="exhausted" tone="waiting" label={t('exhausted')} />}
      {state === 'revoked' ? <Time at={grant.revoked_at} /> : <span>{grant.expires_at ? format.date(grant.expires_at) : t('never')}</span>}
    </Stack>
  );
}

function Deeds({ workflow, grant, onChange }: { workflow: string; grant: Grant; onChange: () => void }) {
  const t = useTranslations('developer.access');
  const confirm = useConfirm();
  const revoke = useDo({
    work: () => api.DELETE('/api/developer/workflows/{id}/grants/{grant_id}', { params: { path: { id: workflow, grant_id: grant.id } } }),
    renews: [grantsKey(workflow)],
    says: t('revokedIt'),
  });
  const ask = async () => {
    if (await confirm({ title: t('revokeTitle', { whom: whom(grant) }), text: t('revokeText'), action: t('revokeDo'), danger: true })) revoke.mutate();
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" loading={revoke.isPending} aria-label={t('deedsOf', { whom: whom(grant) })}>
          <IconDotsVertical size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={onChange}>
          {t('change')}
        </Menu.Item>
        <Menu.Item color="red" leftSection={<IconUserX size={16} aria-hidden />} onClick={() => void ask()}>
          {t('revoke')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

import { ActionIcon, Button, Group, Stack, Switch, Text, Tooltip } from '@mantine/core';
import { IconBell, IconPencil, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';
import { DataTable, Empty, Loaded, Section, StatusBadge, Time, useConfirm, useDo } from '../../ui';
import { useMe } from '../identity/useMe';
import { AlertForm } from './AlertForm';
import { channelTypes } from './model';
import { alertsQuery } from './queries';

type Alert = Schema<'AlertAnswer'>;

/** The rules about a workflow's runs. `all`: the workspace wrote the workflow, so they are about everybody's. */
export function AlertsSection({ workflowId, all }: { workflowId: string; all?: boolean | undefined }) {
  const t = useTranslations('analytics.alerts');
  const { edits } = useMe();
  const confirm = useConfirm();
  const query = useQuery(alertsQuery(workflowId));
  const [form, setForm] = useState<{ alert?: Alert }>();
  const path = (alert: Alert) => ({ id: workflowId, alert: alert.id });
  const renews = [['alerts', workflowId]];
  const turn = useDo({ work: ({ alert, enabled }: { alert: Alert; enabled: boolean }) => data(api.PATCH('/api/workflows/{id}/alerts/{alert}', { params: { path: path(alert) }, body: { enabled } })), renews });
  const remove = useDo({ work: (alert: Alert) => api.DELETE('/api/workflows/{id}/alerts/{alert}', { params: { path: path(alert) } }), renews, says: t('removed') });
  const askRemove = async (alert: Alert) => {
    if (await confirm({ title: t('removeTitle', { name: alert.name }), text: t('removeText'), action: t('removeAction'), danger: true })) remove.mutate(alert);
  };
  const isOn = (alert: Alert) => (turn.isPending && turn.variables.alert.id === alert.id ? turn.variables.enabled : alert.enabled);
  const create = edits && <Button onClick={() => setForm({})}>{t('create')}</Button>;
  return (
    <Section title={t('title')} description={all ? t('allText') : t('ownText')} actions={(query.data?.data.length ?? 0) > 0 && create}>
      <Loaded query={query}>
        {(page) => (
          <DataTable
            label={t('title')}
            rows={page.data}
            id={(row) => row.id}
            empty={<Empty icon={<IconBell size={40} />} title={t('none')} text={t('noneText')} action={create} />}
            columns={[
              {
                key: 'name', title: t('name'), main: true,
                render: (row) => (
                  <>
                    <Text fw={600} fz="sm">{row.name}</Text>
                    {row.source === 'module' && <Text fz="xs">{t('source_module')}</Text>}
                  </>
                ),
              },
              { key: 'condition', title: t('condition'), render: (row) => <Text fz="sm" ff="monospace">{row.condition} · {row.window}</Text> },
              { key: 'state', title: t('state'), render: (row) => <State alert={row} /> },
              { key: 'channels', title: t('channels'), render: (row) => <Channels alert={row} /> },
              ...(edits
                ? [
                    {
                      key: 'deeds', title: '', align: 'right' as const,
                      render: (row: Alert) => (
                        <Group gap={4} wrap="nowrap" justify="flex-end">
                          <Switch size="sm" checked={isOn(row)} aria-label={row.enabled ? t('turnOff', { name: row.name }) : t('turnOn', { name: row.name })} onChange={(event) => turn.mutate({ alert: row, enabled: event.currentTarget.checked })} />
                          <Tooltip label={t('edit', { name: row.name })}>
                            <ActionIcon variant="subtle" color="gray" aria-label={t('edit', { name: row.name })} onClick={() => setForm({ alert: row })}><IconPencil size={16} aria-hidden /></ActionIcon>
                          </Tooltip>
                          <Tooltip label={t('remove', { name: row.name })}>
                            <ActionIcon variant="subtle" color="red" aria-label={t('remove', { name: row.name })} onClick={() => void askRemove(row)}><IconTrash size={16} aria-hidden /></ActionIcon>
                          </Tooltip>
                        </Group>
                      ),
                    },
                  ]
                : []),
            ]}
          />
        )}
      </Loaded>
      {form && <AlertForm key={form.alert?.id ?? 'new'} workflowId={workflowId} alert={form.alert} onClose={() => setForm(undefined)} />}
    </Section>
  );
}

function State({ alert }: { alert: Alert }) {
  const t = useTranslations('analytics.alerts');
  if (!alert.enabled) return <StatusBadge status="off" tone="idle" label={t('off')} />;
  const isFiring = alert.state === 'firing';
  return (
    <Stack gap={2} align="flex-start">
      <StatusBadge status={alert.state} tone={isFiring ? 'bad' : 'good'} label={isFiring ? t('firing') : t('quiet')} />
      {alert.changed_at && (
        <Text fz="xs">
          {t('since')} <Time at={alert.changed_at} />
          {alert.value && `, ${t('found', { value: alert.value })}`}
        </Text>
      )}
    </Stack>
  );
}

function Channels({ alert }: { alert: Alert }) {
  const t = useTranslations('analytics.alerts');
  return (
    <Stack gap={2}>
      {alert.channels.map((channel) => {
        const type = channelTypes.find((each) => each === channel.type);
        return (
          <div key={channel.id}>
            <Text fz="sm">
              {type ? t(`type_${type}`) : channel.type}
              {channel.host && `: ${channel.host}`}
            </Text>
            {channel.error ? <Text fz="xs">{t('channelError', { error: channel.error })}</Text> : channel.delivered_at && <Text fz="xs">{t('delivered')} <Time at={channel.delivered_at} /></Text>}
          </div>
        );
      })}
    </Stack>
  );
}

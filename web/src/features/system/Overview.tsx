import { Alert, Badge, Group, List, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { locale } from '../../i18n';
import { DataTable, Facts, Loaded, Section, Span, StatusBadge, Time, useFormat } from '../../ui';
import { systemQuery } from './queries';

/** Bytes in powers of a thousand, as disks are sold. */
const size = (bytes: number) => new Intl.NumberFormat(locale, { style: 'unit', unit: bytes >= 1e9 ? 'gigabyte' : 'megabyte', maximumFractionDigits: 1 }).format(bytes / (bytes >= 1e9 ? 1e9 : 1e6));
const kinds = ['timer', 'event', 'approval', 'child'] as const;

/** Nodes, queue and health, looked at every few seconds. */
export function Overview() {
  const t = useTranslations('system');
  const format = useFormat();
  const query = useQuery(systemQuery);
  return (
    <Loaded query={query}>
      {(system) => (
        <Stack gap="lg">
          {system.warnings.length > 0 && (
            <Alert color="yellow" title={t('warnings')} icon={<IconAlertTriangle size={20} aria-hidden />}>
              <List size="sm" style={{ overflowWrap: 'anywhere' }}>
                {system.warnings.map((warning) => (
                  <List.Item key={warning}>{warning}</List.Item>
                ))}
              </List>
            </Alert>
          )}
          <Section title={t('nodes')}>
            <DataTable
              label={t('nodes')}
              rows={system.nodes}
              id={(node) => node.id}
              columns={[
                {
                  key: 'id',
                  title: t('node'),
                  main: true,
                  render: (node) => (
                    <Group gap="xs">
                      <Text ff="monospace" fz="sm">
                        {node.id}
                      </Text>
                      {node.here && <StatusBadge status="here" tone="good" label={t('here')} />}
                    </Group>
                  ),
                },
                { key: 'roles', title: t('roles'), render: (node) => node.roles.join(', ') },
                { key: 'version', title: t('version'), render: (node) => node.version ?? '–' },
                { key: 'running', title: t('running'), align: 'right', render: (node) => format.number(node.running) },
                { key: 'started', title: t('started'), render: (node) => <Time at={node.started_at} /> },
                { key: 'seen', title: t('seen'), render: (node) => <Time at={node.seen_at} /> },
              ]}
            />
          </Section>
          <Section title={t('queue')}>
            <Facts
              items={[
                [t('queued'), format.number(system.queue.queued)],
                [t('oldest'), system.queue.oldest_seconds == null ? undefined : <Span ms={system.queue.oldest_seconds * 1000} />],
                [t('running'), format.number(system.queue.running)],
                ...Object.entries(system.queue.waiting).map(([kind, count]): [string, string] => {
                  const known = kinds.find((each) => each === kind);
                  return [known ? t(`waits.${known}`) : t('waitsOther', { kind }), format.number(count)];
                }),
              ]}
            />
          </Section>
          <Section title={t('database')}>
            <Facts
              items={[
                [t('kind'), system.database.kind],
                [t('size'), size(system.database.bytes)],
                ...system.database.pools.map((pool): [string, string] => [t('pool', { name: pool.name }), t('poolValue', { open: pool.open, most: pool.most, idle: pool.idle })]),
              ]}
            />
          </Section>
          <Section title={t('sandbox')}>
            <Facts
              items={[
                [t('isolation'), system.sandbox.isolation],
                [t('children'), t('childrenValue', { children: system.sandbox.children, warm: system.sandbox.warm })],
                [t('version'), system.version],
                [
                  t('layers'),
                  <Group key="layers" gap={4}>
                    {system.sandbox.layers.map((layer) => (
                      <Badge key={layer} variant="default" tt="none" fw={500}>
                        {layer}
                      </Badge>
                    ))}
                  </Group>,
                ],
              ]}
            />
          </Section>
          <Section title={t('mails')} description={system.mails_leave ? t('mailsLeave') : t('mailsStay')}>
            <Facts items={Object.entries(system.mails).map(([state, count]) => [state === 'queued' || state === 'sent' || state === 'failed' ? t(`mailStates.${state}`) : state, format.number(count)])} />
          </Section>
        </Stack>
      )}
    </Loaded>
  );
}

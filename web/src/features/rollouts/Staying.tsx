import { Code, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { DataTable, Loaded, Section, StatusBadge, TableSkeleton, TextLink, Time, type Column } from '../../ui';
import { stayingQuery, type Stay } from './queries';
import type { Rollout } from './steps';

/** Installations that a rollout could not move, and why. */
export function Staying({ id, rollout }: { id: string; rollout: Rollout }) {
  const t = useTranslations('developer.rollout');
  const count = rollout.progress.failed + rollout.progress.update_required;
  const query = useQuery({ ...stayingQuery(id, rollout.id, count), enabled: count > 0 });
  if (count === 0) return null;
  const columns: Array<Column<Stay>> = [
    {
      key: 'name',
      title: t('installation'),
      main: true,
      render: (stay) => (
        <TextLink to={`/app/installations/${stay.id}` as string} fw={600} fz="sm">
          {stay.name}
        </TextLink>
      ),
    },
    { key: 'status', title: t('why'), render: (stay) => <Why stay={stay} /> },
    { key: 'version', title: t('staysAt'), render: (stay) => <span className="tabular">{stay.version}</span> },
    { key: 'since', title: t('since'), render: (stay) => <Time at={stay.update.at} /> },
  ];
  return (
    <Section title={t('staying')} description={t('stayingText')}>
      <Loaded query={query} skeleton={<TableSkeleton rows={Math.min(count, 3)} />}>
        {(own) => (
          <Stack gap="sm">
            {own.length > 0 && <DataTable label={t('staying')} rows={own} columns={columns} id={(stay) => stay.id} />}
            {count > own.length && !query.isPlaceholderData && <Text fz="sm">{t('stayingOthers', { count: count - own.length })}</Text>}
          </Stack>
        )}
      </Loaded>
    </Section>
  );
}

function Why({ stay: { update } }: { stay: Stay }) {
  const t = useTranslations('developer.rollout');
  const part = update.status === 'failed' ? 'failed' : 'update_required';
  return (
    <Stack gap={2} align="flex-start">
      <StatusBadge status={part} tone={part === 'failed' ? 'bad' : 'waiting'} label={t(`parts.${part}`)} />
      {update.message && (
        <Text span fz="sm" style={{ overflowWrap: 'anywhere' }}>
          {update.message}
        </Text>
      )}
      {update.code && <Code>{update.code}</Code>}
    </Stack>
  );
}

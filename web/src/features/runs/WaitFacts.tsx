import { Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { LinkButton, Time, useFormat } from '../../ui';
import { approvalsQuery } from './queries';

/** What an open call waits for, and how it can be brought on. */
export function WaitFacts({ wait, run }: { wait: Schema<'OpenWait'>; run: string }) {
  const t = useTranslations('runs.wait');
  const words = useTranslations('runs.journal');
  const format = useFormat();
  const kind = wait.kind === 'timer' || wait.kind === 'event' || wait.kind === 'approval' || wait.kind === 'child' ? wait.kind : 'other';
  const asked = useQuery({ ...approvalsQuery(run, wait.key), enabled: kind === 'approval' }).data?.data.find((each) => each.id === wait.key);
  return (
    <Group gap="sm" justify="space-between">
      <div style={{ minWidth: 0 }}>
        <Text fw={550} style={{ overflowWrap: 'anywhere' }}>
          {asked ? asked.title : t(kind, { key: wait.key })}
        </Text>
        <Text fz="sm" c="dimmed">
          {asked && `${t('approval')} · `}
          <Time at={wait.since} />
          {wait.due_at && ` · ${words('until', { at: format.instant(wait.due_at) })}`}
        </Text>
        {kind === 'event' && <Text fz="sm">{t('send')}</Text>}
      </div>
      {kind === 'approval' && (
        <LinkButton to={'/app/approvals' as string} search={{ run } as never} size="xs">
          {t('decide')}
        </LinkButton>
      )}
      {kind === 'child' && (
        <LinkButton to="/app/runs/$id" params={{ id: wait.key }} size="xs" variant="default">
          {t('open')}
        </LinkButton>
      )}
    </Group>
  );
}

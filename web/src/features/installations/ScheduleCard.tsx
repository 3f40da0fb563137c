import { Button, Card, Code, Group, Stack, Text } from '@mantine/core';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { Facts, StatusBadge, Time, useFormat } from '../../ui';
import { useMe } from '../identity/useMe';
import type { Installation } from './queries';

/** A schedule or poll, with its next times. */
export function ScheduleCard({ installation, schedule, onRun }: { installation: Installation; schedule: Schema<'ScheduleAnswer'>; onRun: () => void }) {
  const t = useTranslations('installation');
  const format = useFormat();
  const { edits } = useMe();
  const next = schedule.next_run_at ? [schedule.next_run_at, ...schedule.following_runs_at] : [];
  return (
    <Card withBorder padding="md">
      <Stack gap="sm">
        <Group justify="space-between">
          <Group gap="xs">
            <StatusBadge status={schedule.active ? 'active' : 'idle'} label={schedule.active ? t('on') : t('off')} />
            {schedule.cron ? <Code>{schedule.cron}</Code> : <Text>{t('pollEvery', { span: format.span((schedule.every_seconds ?? 0) * 1000) })}</Text>}
          </Group>
          {edits && (
            <Button size="xs" variant="default" onClick={onRun} disabled={installation.status !== 'active'}>
              {t('runIt')}
            </Button>
          )}
        </Group>
        <Facts
          cols={2}
          items={[
            ...(schedule.cron ? [[t('zone'), schedule.timezone ?? installation.timezone] as [string, string]] : []),
            [
              t('next'),
              next.length === 0 ? (
                schedule.active ? t('nextNever') : t('nextInactive', { status: t(`status_${installation.status}`) })
              ) : (
                <ol key="next" style={{ margin: 0, paddingInlineStart: 18 }}>
                  {next.map((at) => (
                    <li key={at}>
                      <Time at={at} exact />
                    </li>
                  ))}
                </ol>
              ),
            ],
          ]}
        />
      </Stack>
    </Card>
  );
}

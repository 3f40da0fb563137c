import { Button, Card, Code, Group, Stack, Text } from '@mantine/core';
import { useMemo } from 'react';
import { useNow, useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { Facts, StatusBadge, Time, useFormat } from '../../ui';
import { useMe } from '../identity/useMe';
import { nextTimes, parseCron } from './cron';
import type { Installation } from './queries';

/** A schedule or poll, with its next times. */
export function ScheduleCard({ installation, schedule, onRun }: { installation: Installation; schedule: Schema<'ScheduleAnswer'>; onRun: () => void }) {
  const t = useTranslations('installation');
  const format = useFormat();
  const { edits } = useMe();
  const now = useNow({ updateInterval: 60_000 });
  const zone = schedule.timezone ?? installation.timezone;
  const next = useMemo(() => {
    const cron = schedule.cron ? parseCron(schedule.cron) : undefined;
    return cron && nextTimes(cron, zone, now, 3);
  }, [schedule.cron, zone, now]);
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
        {schedule.cron && (
          <Facts
            cols={2}
            items={[
              [t('zone'), zone],
              [
                t('next'),
                !schedule.active ? (
                  t('nextInactive', { status: t(`status_${installation.status}`) })
                ) : next && next.length > 0 ? (
                  <ol key="next" style={{ margin: 0, paddingInlineStart: 18 }}>
                    {next.map((at) => (
                      <li key={at.getTime()}>
                        <Time at={at.toISOString()} exact />
                      </li>
                    ))}
                  </ol>
                ) : (
                  t('nextUnknown')
                ),
              ],
            ]}
          />
        )}
      </Stack>
    </Card>
  );
}

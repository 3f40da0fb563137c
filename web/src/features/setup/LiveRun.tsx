import { Card, Code, Group, List, Loader, ScrollArea, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { IconCheck, IconClock, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { LinkButton, Loaded, Span, StatusBadge } from '../../ui';
import { isOver, watchedRunQuery } from './queries';
import { callName } from './trial';

/** A run while it happens: its state, each step as it is done, what it says. */
export function LiveRun({ id }: { id: string }) {
  const t = useTranslations('setup');
  const query = useQuery(watchedRunQuery(id));
  return (
    <Loaded query={query}>
      {(run) => {
        const error = run.error as { message?: unknown } | null | undefined;
        const last =
          run.status === 'completed'
            ? t('testCompleted')
            : run.status === 'skipped'
              ? t('testSkipped')
              : run.status === 'failed'
                ? t('testFailed', { message: typeof error?.message === 'string' ? error.message : (run.error_code ?? '') })
                : run.waits.length > 0
                  ? t('testWaiting', { what: run.waits.map((wait) => `${wait.kind} ${wait.key}`).join(', ') })
                  : t('testSteps', { count: run.journal.length });
        return (
          <Card withBorder padding="md" component="section" aria-label={t('testRunning')}>
            <Stack gap="sm">
              <Group justify="space-between" gap="sm">
                <Group gap="sm">
                  <Title order={3}>{t('testRunning')}</Title>
                  <StatusBadge status={run.status} />
                  {!isOver(run.status) && <Loader size={16} aria-hidden />}
                </Group>
                {run.duration_ms !== null && run.duration_ms !== undefined && <Span ms={run.duration_ms} />}
              </Group>
              <Text role="status" style={{ overflowWrap: 'anywhere' }}>
                {last}
              </Text>
              {run.journal.length > 0 && (
                <List spacing={6} center>
                  {run.journal.map((entry) => (
                    <List.Item
                      key={entry.pos}
                      icon={
                        <ThemeIcon size={20} radius="xl" variant="light" color={entry.ok ? 'teal' : 'red'} aria-hidden>
                          {entry.ok ? <IconCheck size={13} /> : <IconX size={13} />}
                        </ThemeIcon>
                      }
                    >
                      <Group gap="sm" wrap="nowrap">
                        <Text fz="sm" style={{ overflowWrap: 'anywhere' }}>
                          {callName(entry.kind, entry.args)}
                          {!entry.ok && ` (${t('testStepFailed')})`}
                        </Text>
                        <Text fz="xs" c="dimmed" style={{ flex: 'none' }}>
                          <Span ms={entry.duration_ms} />
                        </Text>
                      </Group>
                    </List.Item>
                  ))}
                  {run.waits.map((wait) => (
                    <List.Item
                      key={`wait ${wait.seq}`}
                      icon={
                        <ThemeIcon size={20} radius="xl" variant="light" color="yellow" aria-hidden>
                          <IconClock size={13} />
                        </ThemeIcon>
                      }
                    >
                      <Text fz="sm">{t('testWaiting', { what: `${wait.kind} ${wait.key}` })}</Text>
                    </List.Item>
                  ))}
                </List>
              )}
              {run.logs.length > 0 && (
                <div>
                  <Text fz="sm" fw={600} mb={4}>
                    {t('testLog')}
                  </Text>
                  <ScrollArea.Autosize mah={200} viewportProps={{ tabIndex: 0, 'aria-label': t('testLog'), role: 'region' }}>
                    <Code block>{run.logs.map((line) => `${line.level.padEnd(5)} ${line.message}`).join('\n')}</Code>
                  </ScrollArea.Autosize>
                </div>
              )}
              <Group justify="flex-end">
                <LinkButton to={`/app/runs/${id}` as string} variant="default" size="xs">
                  {t('testOpen')}
                </LinkButton>
              </Group>
            </Stack>
          </Card>
        );
      }}
    </Loaded>
  );
}

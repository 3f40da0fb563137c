import { Card, Code, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { JsonTree, LinkButton, Loaded, Span, StatusBadge, TableSkeleton } from '../../ui';
import { isOver, startedRunQuery } from './queries';

/** A run that was started here, until its end. */
export function StartedRun({ id }: { id: string }) {
  const t = useTranslations('installation');
  const query = useQuery(startedRunQuery(id));
  return (
    <Card withBorder padding="md" aria-live="polite">
      <Loaded query={query} skeleton={<TableSkeleton rows={2} />}>
        {(run) => {
          const error = run.error as { code?: string; message?: string } | null | undefined;
          return (
            <Stack gap="xs">
              <Group justify="space-between">
                <Group gap="xs">
                  <StatusBadge status={run.status} />
                  {isOver(run.status) ? <Span ms={run.duration_ms} /> : <Text fz="sm">{run.status === 'queued' ? t('runQueued') : t('runRunning')}</Text>}
                </Group>
                <LinkButton size="xs" variant="default" to={`/app/runs/${run.id}` as string}>
                  {t('openRun')}
                </LinkButton>
              </Group>
              {error && (
                <div>
                  <Text fz="sm" fw={600}>{t('runError')}</Text>
                  <Code block>{[error.code, error.message].filter(Boolean).join(': ')}</Code>
                </div>
              )}
              {run.status === 'completed' && run.output !== undefined && run.output !== null && (
                <div>
                  <Text fz="sm" fw={600}>{t('runOutput')}</Text>
                  <JsonTree value={run.output} />
                </div>
              )}
            </Stack>
          );
        }}
      </Loaded>
    </Card>
  );
}

import { Group, List, Stack, Text, Title } from '@mantine/core';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { StatusBadge, Time } from '../../ui';

/** What changed, newest first. */
export function Changelog({ entries }: { entries: ReadonlyArray<Schema<'VersionChange'>> }) {
  const t = useTranslations('workflows');
  if (entries.length === 0) return <Text c="dimmed">{t('noChangelog')}</Text>;
  return (
    <Stack gap="md">
      {entries.map((entry) => (
        <section key={entry.version}>
          <Group gap="xs">
            <Title order={3}>{entry.version}</Title>
            {entry.is_breaking && <StatusBadge status="breaking" tone="bad" label={t('breaking')} />}
            {entry.published_at && (
              <Text fz="sm" c="dimmed">
                <Time at={entry.published_at} />
              </Text>
            )}
          </Group>
          <List size="sm" mt={4}>
            {entry.changes.map((change, at) => (
              <List.Item key={at} style={{ overflowWrap: 'anywhere' }}>
                {change}
              </List.Item>
            ))}
          </List>
        </section>
      ))}
    </Stack>
  );
}

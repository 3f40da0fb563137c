import { Group, List, Stack, Text } from '@mantine/core';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { StatusBadge, Time } from '../../ui';

/** What came in between two versions, and what of it somebody must look at. */
export function VersionChanges({ changelog, breaking }: { changelog: ReadonlyArray<Schema<'VersionChange'>>; breaking: ReadonlyArray<Schema<'Difference'>> }) {
  const t = useTranslations('installation');
  return (
    <Stack gap="md">
      {breaking.length > 0 && (
        <div>
          <Text component="h3" fw={600} m={0} mb={4}>{t('breaking')}</Text>
          <Stack gap="xs" component="ul" m={0} pl={0} style={{ listStyle: 'none' }}>
            {breaking.map((difference) => (
              <li key={`${difference.type} ${difference.field}`}>
                <Group gap="xs" align="flex-start" wrap="nowrap">
                  <StatusBadge status={difference.severity} tone={difference.severity === 'breaking' ? 'bad' : difference.severity === 'warning' ? 'waiting' : 'idle'} label={t(`severity_${difference.severity}`)} />
                  <div style={{ minWidth: 0 }}>
                    <Text fz="sm">{difference.message}</Text>
                    {difference.migration_hint && <Text fz="sm" c="dimmed">{t('hint', { hint: difference.migration_hint })}</Text>}
                    {(shown(difference.old_value) || shown(difference.new_value)) && (
                      <Text fz="xs" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
                        {[shown(difference.old_value) && `${t('was')}: ${shown(difference.old_value)}`, shown(difference.new_value) && `${t('becomes')}: ${shown(difference.new_value)}`].filter(Boolean).join(' → ')}
                      </Text>
                    )}
                  </div>
                </Group>
              </li>
            ))}
          </Stack>
        </div>
      )}
      <div>
        <Text component="h3" fw={600} m={0} mb={4}>{t('changelog')}</Text>
        {changelog.length === 0 && <Text fz="sm" c="dimmed">{t('noChanges')}</Text>}
        <Stack gap="sm">
          {changelog.map((version) => (
            <div key={version.version}>
              <Group gap="xs">
                <Text fw={600} fz="sm">{version.version}</Text>
                {version.is_breaking && <StatusBadge status="breaking" tone="bad" label={t('breakingBadge')} />}
                {version.published_at && <Text fz="sm" c="dimmed" component="span"><Time at={version.published_at} /></Text>}
              </Group>
              <List fz="sm">
                {version.changes.map((change, index) => (
                  <List.Item key={`${index} ${change}`}>{change}</List.Item>
                ))}
              </List>
            </div>
          ))}
        </Stack>
      </div>
    </Stack>
  );
}

function shown(value: unknown): string {
  return value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
}

import { Code, Group, Stack, Text } from '@mantine/core';
import { IconAlertOctagon, IconAlertTriangle, IconArrowRight, IconInfoCircle } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';

type Difference = Schema<'Difference'>;

const looks = {
  breaking: { icon: IconAlertOctagon, color: 'red' },
  warning: { icon: IconAlertTriangle, color: 'yellow' },
  info: { icon: IconInfoCircle, color: 'blue' },
} as const;

/** What a newer version changes for whoever has the older one: what breaks first. */
export function Differences({ comparison }: { comparison: Schema<'Comparison'> }) {
  const t = useTranslations('developer.versions');
  const { breaking_changes: breaking, warnings, info_changes: infos } = comparison;
  if (comparison.all_changes.length === 0) return <Text fz="sm">{t('nothing')}</Text>;
  return (
    <Stack gap="sm">
      <Text fz="sm" fw={600}>
        {t('summary', { breaking: breaking.length, warnings: warnings.length, infos: infos.length })}
      </Text>
      <Stack component="ul" gap="xs" m={0} p={0} style={{ listStyle: 'none' }}>
        {[...breaking, ...warnings, ...infos].map((difference, place) => (
          <One key={place} difference={difference} />
        ))}
      </Stack>
    </Stack>
  );
}

function One({ difference }: { difference: Difference }) {
  const t = useTranslations('developer.versions');
  const { icon: Icon, color } = looks[difference.severity];
  const tint = `light-dark(var(--mantine-color-${color}-9), var(--mantine-color-${color}-3))`;
  return (
    <Group component="li" gap="sm" align="flex-start" wrap="nowrap" pl="sm" style={{ borderInlineStart: `3px solid ${tint}` }}>
      <Text span c={tint} mt={2} style={{ flex: 'none', lineHeight: 1 }}>
        <Icon size={18} aria-hidden />
      </Text>
      <Stack gap={2} style={{ minWidth: 0, overflowWrap: 'anywhere' }}>
        <Text fz="sm">
          <Text span inherit fw={600} c={tint}>
            {t(`severities.${difference.severity}`)}
          </Text>{' '}
          {difference.message}
        </Text>
        {(isThere(difference.old_value) || isThere(difference.new_value)) && (
          <Group gap={6} fz="sm">
            {isThere(difference.old_value) && <Value word={t('was')} value={difference.old_value} />}
            {isThere(difference.old_value) && isThere(difference.new_value) && <IconArrowRight size={14} aria-hidden />}
            {isThere(difference.new_value) && <Value word={t('is')} value={difference.new_value} />}
          </Group>
        )}
        {difference.migration_hint && (
          <Text fz="sm" c="dimmed">
            {t('hint', { hint: difference.migration_hint })}
          </Text>
        )}
      </Stack>
    </Group>
  );
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function Value({ word, value }: { word: string; value: unknown }) {
  return (
    <span>
      {word} <Code>{typeof value === 'string' ? value : JSON.stringify(value)}</Code>
    </span>
  );
}

import { Card, Group, Kbd, Text, UnstyledButton } from '@mantine/core';
import { IconAlertTriangle, IconCircleX, IconInfoCircle } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';

import type { Files, Remark } from '../source';
import { lineOf } from './findings';
import type { TypesState } from './useTypes';

/** Problems that are listed; whoever has more mends these first. */
const SHOWN = 100;

const icons = { error: IconCircleX, warning: IconAlertTriangle, info: IconInfoCircle };
const colors = { error: 'red', warning: 'yellow', info: 'blue' };

/** What there is to say about the source, by place; each leads there. */
export function Problems({ remarks, files, state, onOpen }: { remarks: readonly Remark[]; files: Files; state: TypesState; onOpen: (remark: Remark) => void }) {
  const t = useTranslations('deploy');
  return (
    <Card withBorder padding="sm" component="section" aria-label={t('problems')}>
      <Group justify="space-between" gap="xs" mb={remarks.length > 0 ? 'xs' : 0}>
        <Text fz="sm" fw={600} role="status">
          {state === 'starting' ? t('typesStart') : state === 'failed' ? t('typesFailed') : remarks.length === 0 ? t('noProblems') : t('problemCount', { count: remarks.length })}
        </Text>
        <Text fz="xs" c="dimmed" visibleFrom="sm">
          {t.rich('keys', { kbd: (keys) => <Kbd size="xs">{keys}</Kbd> })}
        </Text>
      </Group>
      {remarks.length > 0 && (
        <ul style={{ listStyle: 'none', margin: 0, padding: 0, maxHeight: 260, overflow: 'auto' }} tabIndex={-1}>
          {remarks.slice(0, SHOWN).map((remark) => (
            <Item key={`${remark.path} ${remark.from} ${remark.code} ${remark.message}`} remark={remark} text={files[remark.path] ?? ''} onOpen={onOpen} />
          ))}
        </ul>
      )}
      {remarks.length > SHOWN && <Text fz="sm">{t('moreProblems', { count: remarks.length - SHOWN })}</Text>}
    </Card>
  );
}

function Item({ remark, text, onOpen }: { remark: Remark; text: string; onOpen: (remark: Remark) => void }) {
  const t = useTranslations('deploy');
  const Icon = icons[remark.severity];
  const color = colors[remark.severity];
  const { line, column } = lineOf(text, remark.from);
  return (
    <li>
      <UnstyledButton onClick={() => onOpen(remark)} w="100%" py={4} style={{ display: 'flex', gap: 8, alignItems: 'flex-start' }}>
        <Icon size={16} role="img" aria-label={t(`severity.${remark.severity}`)} color={`light-dark(var(--mantine-color-${color}-9), var(--mantine-color-${color}-4))`} style={{ flex: 'none', marginTop: 3 }} />
        <span style={{ minWidth: 0 }}>
          <Text span fz="sm" style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
            {remark.message}
          </Text>
          {remark.advice && (
            <Text fz="sm" component="span" display="block">
              {remark.advice}
            </Text>
          )}
          <Text span display="block" fz="xs" c="dimmed" ff="monospace" td="underline" style={{ overflowWrap: 'anywhere' }}>
            {remark.path}:{line}:{column} {remark.code}
          </Text>
        </span>
      </UnstyledButton>
    </li>
  );
}

import { ActionIcon, Alert, Badge, Box, Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconChevronDown, IconChevronUp, IconPlayerPlay, IconX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { Facts, JsonTree, Span, StatusBadge, TextLink, Time } from '../../ui';
import { spanText } from '../../ui/Figures';
import { Failure } from './Failure';
import { groupIcons } from './icons';
import { errorOf, instant, type Row } from './journal';
import { readable } from './readable';
import { WaitFacts } from './WaitFacts';

interface CallDetailProps {
  row: Row;
  run: Schema<'RunDetail'>;
  bySeq: ReadonlyMap<number, Row>;
  /** This failure ended the run. */
  fatal: boolean;
  earlier: (() => void) | undefined;
  later: (() => void) | undefined;
  onSelect: (seq: number) => void;
  onResumeFrom: ((seq: number) => void) | undefined;
  /** Absent where the frame around it closes. */
  onClose: (() => void) | undefined;
}

/** One call with everything that is known of it. */
export function CallDetail({ row, run, bySeq, fatal, earlier, later, onSelect, onResumeFrom, onClose }: CallDetailProps) {
  const t = useTranslations('runs.call');
  const journal = useTranslations('runs.journal');
  const Icon = groupIcons[row.group];
  const { entry } = row;
  const error = errorOf(row);
  return (
    <Stack gap="md">
      <Box>
        <Group justify="space-between" wrap="nowrap" gap="xs">
          <Group gap={6} wrap="nowrap" style={{ minWidth: 0 }}>
            <Icon size={18} stroke={1.7} aria-hidden />
            <Text fz="sm" c="dimmed">
              {t('title', { seq: row.seq })}
            </Text>
            <StatusBadge status={row.state} label={journal(`state.${row.state}`)} tone={row.state === 'failed' ? 'bad' : row.state === 'open' ? 'waiting' : 'good'} />
          </Group>
          <Group gap={2} wrap="nowrap">
            <ActionIcon variant="subtle" color="gray" aria-label={t('earlier')} disabled={!earlier} onClick={earlier}>
              <IconChevronUp size={18} aria-hidden />
            </ActionIcon>
            <ActionIcon variant="subtle" color="gray" aria-label={t('later')} disabled={!later} onClick={later}>
              <IconChevronDown size={18} aria-hidden />
            </ActionIcon>
            {onClose && (
              <ActionIcon variant="subtle" color="gray" aria-label={t('close')} onClick={onClose}>
                <IconX size={18} aria-hidden />
              </ActionIcon>
            )}
          </Group>
        </Group>
        {/* Where the frame around it closes, the frame bears the name. */}
        {onClose && (
          <Title order={3} mt={4} style={{ overflowWrap: 'anywhere' }}>
            {row.name}
          </Title>
        )}
        {row.about && (
          <Text ff="monospace" fz="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {row.about}
          </Text>
        )}
      </Box>
      {row.wait && !entry && <WaitFacts wait={row.wait} run={run.id} />}
      <Facts
        cols={2}
        items={[
          [t('began'), <><Time at={new Date(row.start).toISOString()} exact /><Text fz="sm" c="dimmed">{t('after', { span: spanText(Math.max(0, row.start - instant(run.created_at))) })}</Text></>],
          [t('took'), row.end === undefined ? undefined : <Span ms={row.end - row.start} />],
          [t('position'), entry && t('positionText', { pos: entry.pos })],
          [t('requests'), row.requests > 1 ? row.requests : undefined],
        ]}
      />
      {row.requests > 1 && <Text fz="sm">{t('retryAfter', { count: row.requests })}</Text>}
      {row.attempt && (
        <Part title={t('attempts')}>
          <Group gap="xs">
            {row.attempt.of.map((seq, at) => {
              const each = bySeq.get(seq);
              return (
                <Button key={seq} size="compact-sm" variant={seq === row.seq ? 'light' : 'default'} aria-current={seq === row.seq || undefined} onClick={() => onSelect(seq)}>
                  {t('attempt', { number: at + 1, seq })} · {each ? journal(`state.${each.state}`) : ''}
                </Button>
              );
            })}
          </Group>
        </Part>
      )}
      {error && (
        <Alert color="red" variant="light" title={fatal ? t('ended') : t('error')}>
          <Text fz="sm" style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
            {error.message}
          </Text>
          {error.code && <Badge mt={6} variant="outline" color="red" tt="none" c="light-dark(var(--mantine-color-red-9), var(--mantine-color-red-3))">{error.code}</Badge>}
        </Alert>
      )}
      {fatal && (
        <Part title={t('place')}>
          <Failure.Place run={run} />
        </Part>
      )}
      {entry && (
        <>
          <Part title={t('request')}>
            <JsonTree value={readable(entry.args)} open={3} />
          </Part>
          <Part title={t('answer')}>
            <JsonTree value={readable(entry.outcome)} open={3} />
          </Part>
        </>
      )}
      <Group gap="xs">
        {row.group === 'child' && (
          <TextLink to="/app/runs" search={{ parent: run.id }} fz="sm">
            {t('children')}
          </TextLink>
        )}
        {entry && onResumeFrom && (
          <Button size="xs" variant="default" leftSection={<IconPlayerPlay size={14} aria-hidden />} onClick={() => onResumeFrom(row.seq)}>
            {t('resumeFrom')}
          </Button>
        )}
      </Group>
    </Stack>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Box component="section">
      <Title order={4} fz="sm" mb={6}>
        {title}
      </Title>
      {children}
    </Box>
  );
}

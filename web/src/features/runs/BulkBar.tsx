import { ActionIcon, Affix, Button, Group, Paper, Text } from '@mantine/core';
import { IconPlayerPlay, IconPlayerStop, IconRepeat, IconX } from '@tabler/icons-react';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';
import { useConfirm, useDo } from '../../ui';
import { cancelRun, each, isBroken, isOver, retryRun } from './deeds';
import { ResumeManyDialog } from './ResumeManyDialog';

interface BulkBarProps {
  runs: ReadonlyArray<Schema<'RunSummary'>>;
  selected: ReadonlySet<string>;
  onClear: () => void;
}

/** What can be done with the runs that are selected. Each deed counts those that it can be done with. */
export function BulkBar({ runs, selected, onClear }: BulkBarProps) {
  const t = useTranslations('runs');
  const confirm = useConfirm();
  const [done, setDone] = useState(0);
  const [resuming, setResuming] = useState<readonly string[]>();
  const chosen = runs.filter((run) => selected.has(run.id));
  const broken = chosen.filter((run) => isBroken(run.status)).map((run) => run.id);
  const live = chosen.filter((run) => !isOver(run.status)).map((run) => run.id);

  const many = useDo({
    work: async ({ ids, how }: { ids: readonly string[]; how: 'cancel' | 'retry' }) => {
      setDone(0);
      return each<string, unknown>(ids, how === 'cancel' ? cancelRun : retryRun, setDone);
    },
    renews: [['runs']],
    done: (results, { how }) => {
      const refused = results.filter((result) => result.error !== undefined);
      const count = results.length - refused.length;
      if (count > 0) notifications.show({ color: 'teal', message: how === 'cancel' ? t('cancelled', { count }) : t('retried', { count }) });
      const first = refused[0]?.error;
      if (first) notifications.show({ color: 'red', autoClose: 10_000, message: t('someRefused', { count: refused.length, reason: isProblem(first) ? first.detail : String(first) }) });
      onClear();
    },
  });
  const ask = async (how: 'cancel' | 'retry', ids: readonly string[]) => {
    const count = ids.length;
    const question = how === 'cancel' ? { title: t('cancelTitle', { count }), text: t('cancelText'), action: t('cancel'), keep: t('keep'), danger: true } : { title: t('retryTitle', { count }), text: t('retryText'), action: t('retry') };
    if (await confirm(question)) many.mutate({ ids, how });
  };
  if (selected.size === 0 && !resuming) return null;
  return (
    <>
      <Affix position={{ bottom: 16, left: 16, right: 16 }} zIndex={150} style={{ pointerEvents: 'none' }}>
        <Group justify="center">
          <Paper withBorder shadow="md" p="xs" role="region" aria-label={t('selected', { count: selected.size })} style={{ pointerEvents: 'auto' }}>
            <Group gap="xs" justify="center">
              <Text fz="sm" fw={550} role="status" className="tabular" px={4}>
                {many.isPending ? t('working', { done, count: many.variables.ids.length }) : t('selected', { count: selected.size })}
              </Text>
              <Button size="xs" leftSection={<IconPlayerPlay size={14} aria-hidden />} disabled={broken.length === 0 || many.isPending} onClick={() => setResuming(broken)}>
                {t('resumeOn')} {count(broken)}
              </Button>
              <Button size="xs" variant="default" leftSection={<IconRepeat size={14} aria-hidden />} disabled={broken.length === 0 || many.isPending} loading={many.isPending && many.variables.how === 'retry'} onClick={() => void ask('retry', broken)}>
                {t('retry')} {count(broken)}
              </Button>
              <Button size="xs" variant="default" leftSection={<IconPlayerStop size={14} aria-hidden />} disabled={live.length === 0 || many.isPending} loading={many.isPending && many.variables.how === 'cancel'} onClick={() => void ask('cancel', live)}>
                {t('cancel')} {count(live)}
              </Button>
              <ActionIcon variant="subtle" color="gray" aria-label={t('unselect')} onClick={onClear}>
                <IconX size={16} aria-hidden />
              </ActionIcon>
            </Group>
          </Paper>
        </Group>
      </Affix>
      {resuming && (
        <ResumeManyDialog
          ids={resuming}
          onClose={() => {
            setResuming(undefined);
            onClear();
          }}
        />
      )}
    </>
  );
}

function count(ids: readonly string[]): string {
  return ids.length > 0 ? `(${ids.length})` : '';
}

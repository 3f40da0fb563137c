import { Box, Card, Group, SimpleGrid, Skeleton, Stack, Text, Title, VisuallyHidden } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useTranslations } from 'use-intl';

import { Crash, JsonTree, Page, StatusBadge } from '../../ui';
import { useMe } from '../identity/useMe';
import { isBroken, isOver } from './deeds';
import { Difference } from './Difference';
import { Failure, type RunError } from './Failure';
import { fatalRow, rowAt, rowsOf } from './journal';
import { JournalPanel } from './JournalPanel';
import { Logs } from './Logs';
import { useNames } from './names';
import { ResumeDialog } from './ResumeDialog';
import classes from './RunPage.module.css';
import { RunActions } from './RunActions';
import { RunFacts } from './RunFacts';
import { statusWord } from './RunsTable';
import { useLogs } from './useLogs';
import { useRun, type Known } from './useRun';
import { WaitFacts } from './WaitFacts';

/** One run, as it was or as it goes on. */
export function RunPage({ id, entry }: { id: string; entry: number | undefined }) {
  const run = useRun(id);
  if (run.data) return <Shown known={run.data} entry={entry} />;
  if (run.isError) return <Crash error={run.error} onRetry={() => void run.refetch()} />;
  return <Outline id={id} />;
}

function Shown({ known, entry }: { known: Known; entry: number | undefined }) {
  const t = useTranslations('runs');
  const { run } = known;
  const { name } = useNames();
  const { edits } = useMe();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [resuming, setResuming] = useState<{ from: number | undefined }>();
  const word = statusWord(t, run.status);
  const title = name(run);
  useRunTitle(`${word} · ${title}`);

  const moved = useCallback(() => void queries.invalidateQueries({ queryKey: ['run', run.id] }), [queries, run.id]);
  const { lines, state } = useLogs(run.id, run.status, moved);
  const rows = useMemo(() => rowsOf(known.journal, run.waits), [known.journal, run.waits]);
  const children = useMemo(() => rows.filter((row) => row.group === 'child').length, [rows]);
  const fatal = useMemo(() => (run.status === 'failed' ? fatalRow(rows, run.error as RunError | null) : undefined), [rows, run.status, run.error]);
  const onSelect = useCallback(
    (seq: number | undefined) => void navigate({ to: '/app/runs/$id', params: { id: run.id }, search: seq === undefined ? {} : { entry: seq }, replace: true, resetScroll: false }),
    [navigate, run.id],
  );
  const show = (seq: number) => {
    onSelect(seq);
    document.getElementById('journal-title')?.scrollIntoView({ block: 'start' });
  };
  const resumeFrom = edits && isBroken(run.status) ? (from: number) => setResuming({ from }) : undefined;

  return (
    <Page
      title={title}
      badge={<StatusBadge status={run.status} label={word} />}
      trail={[{ label: t('title'), href: '/app/runs' }]}
      actions={<RunActions run={run} onResume={() => setResuming({ from: undefined })} />}
    >
      <VisuallyHidden role="status">{t('page.announce', { status: word })}</VisuallyHidden>
      <Card withBorder className={classes.facts}>
        <RunFacts run={run} asked={children} />
      </Card>
      {run.status === 'failed' && <Failure run={run} toCall={fatal && (() => show(fatal.seq))} />}
      {run.waits.length > 0 && (
        <Card withBorder component="section">
          <Title order={2} mb="sm">
            {t('wait.title')}
          </Title>
          <Stack gap="sm">
            {run.waits.slice(0, 5).map((wait) => (
              <WaitFacts key={wait.seq} wait={wait} run={run.id} />
            ))}
          </Stack>
        </Card>
      )}
      {run.resumption && (
        <Card withBorder>
          <Text fz="sm" mb={run.resumption.difference ? 'sm' : 0}>
            {t('page.pieces', { kept: run.resumption.kept })}
          </Text>
          {run.resumption.difference && <Difference difference={run.resumption.difference} />}
        </Card>
      )}
      <JournalPanel known={known} rows={rows} entry={entry} fatal={fatal?.seq} onSelect={onSelect} onResumeFrom={resumeFrom} />
      <Logs
        lines={lines}
        state={state}
        onJump={
          rows.length > 0
            ? (at) => {
                const row = rowAt(rows, at);
                if (row) show(row.seq);
              }
            : undefined
        }
      />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Payload title={t('payload.input')}>
          <JsonTree value={run.input} open={3} />
        </Payload>
        <Payload title={t('payload.output')}>
          {run.output !== null && run.output !== undefined ? <JsonTree value={run.output} open={3} /> : <Text fz="sm">{isOver(run.status) ? t('payload.none') : t('payload.notYet')}</Text>}
        </Payload>
      </SimpleGrid>
      {resuming && <ResumeDialog run={run.id} calls={known.complete ? known.journal.length : undefined} from={resuming.from} onClose={() => setResuming(undefined)} />}
    </Page>
  );
}

function Payload({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <Card withBorder component="section" style={{ minWidth: 0 }}>
      <Title order={2} mb="sm">
        {title}
      </Title>
      {children}
    </Card>
  );
}

/** The tab says how the run stands, so that it can be left open in the background. */
function useRunTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Millrace`;
  });
}

/** As high as what comes. */
function Outline({ id }: { id: string }) {
  const t = useTranslations('runs');
  return (
    <Page title={t('page.id')} trail={[{ label: t('title'), href: '/app/runs' }]} badge={<Text fz="sm" c="dimmed" ff="monospace">{id}</Text>}>
      <Skeleton height={118} />
      <Box>
        <Group mb="xs">
          <Skeleton height={28} width={140} />
        </Group>
        <Skeleton height={420} />
      </Box>
    </Page>
  );
}

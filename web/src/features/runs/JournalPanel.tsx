import { Button, Card, Drawer, Group, MultiSelect, SegmentedControl, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedValue, useMediaQuery } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslations } from 'use-intl';

import { Empty } from '../../ui';
import { CallDetail } from './CallDetail';
import { isOver } from './deeds';
import { instant, isWaiting, sift, type Group as Kind, type Row } from './journal';
import { Journal } from './Journal';
import classes from './JournalPanel.module.css';
import { makeScale, type ScaleMode } from './scale';
import type { Known } from './useRun';

interface JournalPanelProps {
  known: Known;
  rows: readonly Row[];
  entry: number | undefined;
  /** Call that ended the run. */
  fatal: number | undefined;
  onSelect: (seq: number | undefined) => void;
  onResumeFrom: ((seq: number) => void) | undefined;
}

/** The journal with its tools, and beside it the call that is open. */
export function JournalPanel({ known, rows, entry, fatal, onSelect, onResumeFrom }: JournalPanelProps) {
  const t = useTranslations('runs.journal');
  const { run } = known;
  const [text, setText] = useState('');
  const [wanted] = useDebouncedValue(text, 150);
  const [groups, setGroups] = useState<Kind[]>([]);
  const [failed, setFailed] = useState(false);
  const [mode, setMode] = useState<ScaleMode>('short');
  const search = useRef<HTMLInputElement>(null);
  const narrow = useMediaQuery('(max-width: 74.99em)') ?? false;
  useSlash(search);

  const from = instant(run.created_at);
  const bySeq = useMemo(() => new Map(rows.map((row) => [row.seq, row])), [rows]);
  const now = useMemo(() => {
    const last = rows.reduce((latest, row) => Math.max(latest, row.end ?? row.start), from);
    return run.finished_at ? Math.max(instant(run.finished_at), last) : Math.max(known.at, last);
  }, [rows, run.finished_at, known.at, from]);
  const scale = useMemo(() => makeScale(from, now, rows.map((row) => ({ start: row.start, end: row.end ?? now, waits: isWaiting(row.group) })), mode), [rows, from, now, mode]);
  const shown = useMemo(() => sift(rows, { text: wanted, groups, failed }), [rows, wanted, groups, failed]);
  const kinds = useMemo(() => [...new Set(rows.map((row) => row.group))].sort(), [rows]);
  const failures = useMemo(() => rows.filter((row) => row.state === 'failed').length, [rows]);

  const open = entry === undefined ? undefined : bySeq.get(entry);
  const place = open ? shown.indexOf(open) : -1;
  // What is chosen from elsewhere is shown, whatever the list was narrowed to; what is narrowed afterwards stays narrowed.
  const chosen = useRef(entry);
  useEffect(() => {
    if (chosen.current === entry) return;
    chosen.current = entry;
    if (open === undefined || place >= 0) return;
    setText('');
    setGroups([]);
    setFailed(false);
  }, [entry, open, place]);
  const step = (by: -1 | 1) => {
    const next = shown[place + by];
    return place >= 0 && next ? () => onSelect(next.seq) : undefined;
  };
  const detail = open && (
    <CallDetail key={open.seq} row={open} run={run} bySeq={bySeq} fatal={open.seq === fatal} earlier={step(-1)} later={step(1)} onSelect={onSelect} onResumeFrom={onResumeFrom} onClose={narrow ? undefined : () => onSelect(undefined)} />
  );
  return (
    <Card withBorder padding={0} component="section" aria-labelledby="journal-title" style={{ overflow: 'visible' }}>
      <Group gap="xs" p="sm" justify="space-between">
        <Group gap="xs" align="baseline">
          <Title order={2} id="journal-title" style={{ scrollMarginTop: 72 }}>
            {t('title')}
          </Title>
          <Text fz="sm" c="dimmed" className="tabular" role="status">
            {!known.complete ? t('loading', { count: rows.length }) : shown.length < rows.length ? t('countOf', { shown: shown.length, count: rows.length }) : t('count', { count: rows.length })}
          </Text>
          {failures > 0 && (
            <Button size="compact-xs" color="red" variant={failed ? 'filled' : 'outline'} aria-pressed={failed} aria-label={`${t('failed')}: ${t('failedCount', { count: failures })}`} onClick={() => setFailed(!failed)}>
              {t('failedCount', { count: failures })}
            </Button>
          )}
        </Group>
        {rows.length > 0 && (
          <Group gap="xs" className={classes.tools}>
            <TextInput ref={search} size="xs" aria-label={t('search')} placeholder={t('searchHint')} leftSection={<IconSearch size={14} aria-hidden />} value={text} onChange={(event) => setText(event.currentTarget.value)} onKeyDown={(event) => event.key === 'Escape' && (setText(''), event.currentTarget.blur())} />
            <MultiSelect size="xs" aria-label={t('kinds')} placeholder={groups.length === 0 ? t('anyKind') : undefined} data={kinds.map((value) => ({ value, label: t(`group.${value}`) }))} value={groups} onChange={(each) => setGroups(each as Kind[])} clearable className={classes.kinds} />
            <SegmentedControl size="xs" aria-label={t('scale')} value={mode} onChange={(each) => setMode(each as ScaleMode)} data={[{ value: 'short', label: t('short') }, { value: 'true', label: t('true') }]} />
          </Group>
        )}
      </Group>
      {rows.length === 0 ? (
        <Empty title={t('empty')} text={isOver(run.status) ? t('emptyOver') : t('emptyText')} />
      ) : (
        <div className={`${classes.split} ${open && !narrow ? classes.opened : ''}`}>
          <div style={{ minWidth: 0 }}>
            <Journal rows={shown} bySeq={bySeq} scale={scale} from={from} now={now} selected={entry} onSelect={onSelect} onSearch={() => search.current?.focus()} height="min(72vh, 760px)" />
          </div>
          {open && !narrow && <aside className={classes.detail}>{detail}</aside>}
        </div>
      )}
      <Drawer opened={open !== undefined && narrow} onClose={() => onSelect(undefined)} position="bottom" size="82%" padding="md" title={open?.name} radius="lg">
        {detail}
      </Drawer>
    </Card>
  );
}

/** `/` leads to the search from anywhere on the page where nothing is being typed. */
function useSlash(search: React.RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const on = event.target as HTMLElement | null;
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || on?.closest('input, textarea, select, [contenteditable], [role="dialog"]')) return;
      if (!search.current) return;
      event.preventDefault();
      search.current.focus();
      search.current.scrollIntoView({ block: 'nearest' });
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [search]);
}

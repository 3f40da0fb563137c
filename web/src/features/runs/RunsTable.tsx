import { Checkbox, Group, Text, Tooltip } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconArrowForwardUp, IconCornerDownRight, IconRepeat } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { memo, useCallback, useEffect, useLayoutEffect, useRef, useState, type MouseEvent } from 'react';
import { useNow, useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { Span, StatusBadge, TextLink, Time } from '../../ui';
import { isOver } from './deeds';
import { triggerOf, TRIGGERS } from './filters';
import { useNames } from './names';
import classes from './RunsTable.module.css';

type Run = Schema<'RunSummary'>;

/** Heights of a row, as in the style sheet. */
const [WIDE, NARROW] = [46, 78];

interface RunsTableProps {
  runs: readonly Run[];
  selected: ReadonlySet<string> | undefined;
  onSelect: (ids: readonly string[], on: boolean) => void;
  /** The reader has come near the end. */
  onEnd: () => void;
}

/** Runs, newest first. Only the rows in sight are drawn, so thousands are as quick as ten. */
export function RunsTable({ runs, selected, onSelect, onEnd }: RunsTableProps) {
  const t = useTranslations('runs');
  const body = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const narrow = useMediaQuery('(max-width: 61.99em)') ?? false;
  const last = useRef<number | undefined>(undefined);
  useLayoutEffect(() => setTop(body.current ? body.current.getBoundingClientRect().top + window.scrollY : 0), [narrow]);
  const height = narrow ? NARROW : WIDE;
  const keyOf = useCallback((index: number) => runs[index]?.id ?? index, [runs]);
  const rows = useWindowVirtualizer({ count: runs.length, estimateSize: () => height, overscan: 12, scrollMargin: top, getItemKey: keyOf });
  useEffect(() => rows.measure(), [rows, height]);
  const items = rows.getVirtualItems();
  const end = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (end >= runs.length - 10) onEnd();
  }, [end, runs.length, onEnd]);
  const all = selected !== undefined && runs.length > 0 && runs.every((run) => selected.has(run.id));
  const pick = useCallback(
    (index: number, on: boolean, range: boolean) => {
      const other = range && last.current !== undefined ? last.current : index;
      last.current = index;
      onSelect(runs.slice(Math.min(other, index), Math.max(other, index) + 1).map((run) => run.id), on);
    },
    [runs, onSelect],
  );
  const columns = ['status', 'run', 'trigger', 'when', 'took', 'error'] as const;
  return (
    <div role="table" aria-label={t('list')} aria-rowcount={runs.length + 1} className={`${classes.table} ${selected ? classes.selectable : ''}`}>
      <div role="rowgroup">
        <div role="row" aria-rowindex={1} className={classes.head}>
          <span role="columnheader">
            {selected && <Checkbox size="xs" aria-label={t('selectAll')} checked={all} indeterminate={!all && selected.size > 0} onChange={(event) => onSelect(runs.map((run) => run.id), event.currentTarget.checked)} />}
          </span>
          {columns.map((column) => (
            <span key={column} role="columnheader" className={column === 'took' ? classes.right : undefined}>
              {t(`columns.${column}`)}
            </span>
          ))}
        </div>
      </div>
      <div role="rowgroup" ref={body} style={{ position: 'relative', height: rows.getTotalSize() }}>
        {items.map((item) => {
          const run = runs[item.index];
          return run && <Row key={item.key} run={run} index={item.index} top={item.start - top} checked={selected?.has(run.id)} pick={pick} />;
        })}
      </div>
    </div>
  );
}

interface RowProps {
  run: Run;
  index: number;
  top: number;
  checked: boolean | undefined;
  pick: (index: number, on: boolean, range: boolean) => void;
}

const Row = memo(function Row({ run, index, top, checked, pick }: RowProps) {
  const t = useTranslations('runs');
  const navigate = useNavigate();
  const { name } = useNames();
  const open = (event: MouseEvent) => {
    if ((event.target as HTMLElement).closest('a, input, label') || window.getSelection()?.toString()) return;
    void navigate({ to: '/app/runs/$id', params: { id: run.id } });
  };
  return (
    <div role="row" aria-rowindex={index + 2} aria-selected={checked} className={classes.row} style={{ transform: `translateY(${top}px)` }} onClick={open}>
      <span role="cell" data-cell="select">
        {checked !== undefined && (
          <Checkbox size="xs" aria-label={t('select', { run: `${name(run)} ${run.id}` })} checked={checked} onChange={(event) => pick(index, event.currentTarget.checked, (event.nativeEvent as unknown as PointerEvent).shiftKey)} />
        )}
      </span>
      <span role="cell" data-cell="status">
        <StatusBadge status={run.status} label={statusWord(t, run.status)} />
      </span>
      <span role="cell" data-cell="run" className={`${classes.cell} ${classes.main}`}>
        <TextLink to="/app/runs/$id" params={{ id: run.id }} c="inherit" fw={550} fz="inherit">
          {name(run)}
        </TextLink>
      </span>
      <span role="cell" data-cell="trigger" className={classes.cell}>
        <Group gap={6} wrap="nowrap">
          <Marks run={run} />
          <Text span inherit truncate title={run.trigger}>
            {triggerWords(t, run.trigger)}
          </Text>
        </Group>
      </span>
      <span role="cell" data-cell="when" className={classes.cell}>
        <Time at={run.created_at} />
      </span>
      <span role="cell" data-cell="took" className={`${classes.cell} ${classes.right}`}>
        {isOver(run.status) ? <Span ms={run.duration_ms} /> : <Elapsed since={run.created_at} />}
      </span>
      <span role="cell" data-cell="error" className={classes.cell}>
        {run.error_code && (
          <Text span ff="monospace" fz="xs" title={run.error_code}>
            {run.error_code}
          </Text>
        )}
      </span>
    </div>
  );
});

/** How it hangs together with other runs. */
function Marks({ run }: { run: Run }) {
  const t = useTranslations('runs');
  const mark = (label: string, icon: React.ReactNode) => (
    <Tooltip label={label}>
      <span role="img" aria-label={label} style={{ lineHeight: 0, flex: 'none' }}>
        {icon}
      </span>
    </Tooltip>
  );
  return (
    <>
      {run.retry_of && mark(t('isRetry'), <IconRepeat size={14} />)}
      {run.resumed_from && mark(t('isResumed'), <IconArrowForwardUp size={14} />)}
      {run.parent_id && mark(t('isChild'), <IconCornerDownRight size={14} />)}
    </>
  );
}

/** How long it has been going on. */
export function Elapsed({ since }: { since: string }) {
  const now = useNow({ updateInterval: 1000 });
  return <Span ms={Math.max(0, Math.floor((now.getTime() - Date.parse(since)) / 1000) * 1000)} />;
}

type Words = ReturnType<typeof useTranslations<'runs'>>;

export function statusWord(t: Words, status: string): string {
  return t.has(`status.${status}` as 'status.failed') ? t(`status.${status}` as 'status.failed') : status;
}

/** `webhook zoom meeting.ended` → `Webhook zoom meeting.ended`. */
export function triggerWords(t: Words, trigger: string): string {
  const kind = triggerOf(trigger);
  const known = TRIGGERS.find((each) => each === kind);
  if (known === 'invoke') return t('triggers.invoke');
  return known ? `${t(`triggers.${known}`)}${trigger.slice(kind.length)}` : trigger;
}

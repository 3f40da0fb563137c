import { Tooltip } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { memo } from 'react';
import { useTranslations } from 'use-intl';

import { spanText } from '../../ui/Figures';
import { groupIcons } from './icons';
import { isWaiting, type Row } from './journal';
import classes from './Journal.module.css';
import type { Scale } from './scale';

interface JournalRowProps {
  row: Row;
  index: number;
  top: number;
  scale: Scale;
  /** Until when open calls are drawn. */
  now: number;
  active: boolean;
  selected: boolean;
  /** The other attempts of this call. */
  others: readonly Row[];
  words: RowWords;
  onOpen: (row: Row) => void;
}

/** Id of a row's element: what the list says is active. */
export function rowId(seq: number): string {
  return `call-${seq}`;
}

/** What a row says besides the call's own words: made once, not once for each row. */
export type RowWords = (row: Row) => string;

/** Making a number formatter takes longer than drawing a row, and most calls take one of few times. */
const spans = new Map<number, string>();
const SPANS = 5000;

function took(ms: number): string {
  const rounded = ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms);
  let text = spans.get(rounded);
  if (text === undefined) {
    if (spans.size >= SPANS) spans.clear();
    text = spanText(rounded);
    spans.set(rounded, text);
  }
  return text;
}

/** One call: what, when, how long, how it ended. */
export const JournalRow = memo(function JournalRow({ row, index, top, scale, now, active, selected, others, words, onOpen }: JournalRowProps) {
  const t = useTranslations('runs.journal');
  const Icon = groupIcons[row.group];
  return (
    <div
      role="row"
      id={rowId(row.seq)}
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-active={active || undefined}
      className={`${classes.row} ${row.state === 'failed' ? classes.failed : ''}`}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => onOpen(row)}
    >
      <span role="gridcell" className={classes.icon} aria-label={`${row.seq}, ${words(row)}`}>
        {row.state === 'failed' ? <IconX size={16} stroke={2.4} aria-hidden /> : <Icon size={16} stroke={1.7} aria-hidden />}
      </span>
      <span role="gridcell" className={classes.what}>
        <span className={classes.name}>{row.name}</span>
        {row.attempt && (
          <span className={classes.mark} aria-label={t('attemptLabel', { number: row.attempt.number, count: row.attempt.of.length })}>
            {t('attempt', { number: row.attempt.number, count: row.attempt.of.length })}
          </span>
        )}
        {row.requests > 1 && <span className={classes.mark}>{t('requests', { count: row.requests })}</span>}
        <span className={classes.about}>{row.state === 'failed' && row.result !== '' ? row.result : row.about}</span>
      </span>
      <span role="gridcell" className={classes.track} aria-hidden>
        {others.map((other) => (
          <span key={other.seq} className={classes.sibling} style={across(scale, other.start, other.end ?? now)} />
        ))}
        <Bar row={row} scale={scale} now={now} />
      </span>
      <span role="gridcell" className={`${classes.took} tabular`}>
        {row.end === undefined ? t('state.open') : took(row.end - row.start)}
      </span>
    </div>
  );
});

function Bar({ row, scale, now }: Pick<JournalRowProps, 'row' | 'scale' | 'now'>) {
  const kind = row.state === 'failed' ? classes.bad : isWaiting(row.group) ? classes.waited : classes.ok;
  return (
    <span className={`${classes.bar} ${kind} ${row.end === undefined ? classes.open : ''}`} style={across(scale, row.start, row.end ?? now)}>
      {row.requests > 1 && Array.from({ length: Math.min(row.requests, 12) }, (_, each) => <i key={each} />)}
    </span>
  );
}

/** From where to where, with room for the smallest bar at the right edge. */
function across(scale: Scale, start: number, end: number) {
  const from = Math.min(scale.place(start), 0.99);
  const width = Math.max(0, scale.place(end) - from);
  return { insetInlineStart: `${from * 100}%`, width: `${Math.min(width, 1 - from) * 100}%` };
}

/** Where the scale's ticks stand. */
const TICKS = [0, 0.25, 0.5, 0.75];

/** Times above the bars, counted from the run's acceptance. */
export function Ruler({ scale, from }: { scale: Scale; from: number }) {
  return (
    <span className={classes.ruler} aria-hidden>
      {TICKS.map((place) => (
        <span key={place} className={classes.tick} style={{ insetInlineStart: `${place * 100}%` }}>
          {place === 0 ? '0' : `+${spanText(Math.round(scale.instant(place) - from))}`}
        </span>
      ))}
    </span>
  );
}

/** Pauses that are drawn at the most: beyond that they are a texture anyway. */
const PAUSES = 60;

/** What lies behind the rows where time was cut short. */
export function Pauses({ scale }: { scale: Scale }) {
  const t = useTranslations('runs.journal');
  if (scale.breaks.length === 0 || scale.breaks.length > PAUSES) return null;
  return (
    <div className={classes.pauses} aria-hidden>
      <div>
        {scale.breaks.map(({ from, to, ms }) => (
          <Tooltip key={from} label={t('pause', { span: spanText(ms) })}>
            <span className={classes.pause} style={{ insetInlineStart: `${from * 100}%`, width: `${(to - from) * 100}%` }} />
          </Tooltip>
        ))}
      </div>
    </div>
  );
}

import { Text, VisuallyHidden } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { useTranslations } from 'use-intl';

import type { Row } from './journal';
import classes from './Journal.module.css';
import { JournalRow, Pauses, rowId, Ruler } from './JournalRow';
import { moved } from './moves';
import type { Scale } from './scale';

/** Heights of a row, as in the style sheet, and of the ruler. */
const [WIDE, NARROW, HEAD] = [32, 54, 29];
const NOBODY: readonly Row[] = [];

interface JournalProps {
  rows: readonly Row[];
  /** All rows by number: attempts may be sifted out and are drawn all the same. */
  bySeq: ReadonlyMap<number, Row>;
  scale: Scale;
  from: number;
  now: number;
  /** The call that is open beside the list. */
  selected: number | undefined;
  onSelect: (seq: number | undefined) => void;
  onSearch: () => void;
  /** Tallest, as the page has room. */
  height: string;
}

/**
 * Calls as a waterfall. Only what is in sight is drawn: ten thousand scroll like ten. One stop for the Tab key; within it the
 * arrows move.
 */
export function Journal({ rows, bySeq, scale, from, now, selected, onSelect, onSearch, height }: JournalProps) {
  const t = useTranslations('runs.journal');
  const frame = useRef<HTMLDivElement>(null);
  const narrow = useMediaQuery('(max-width: 47.99em)') ?? false;
  const [at, setAt] = useState<number | undefined>(selected);
  const places = useMemo(() => new Map(rows.map((row, index) => [row.seq, index])), [rows]);
  const active = at === undefined ? -1 : (places.get(at) ?? -1);
  const size = narrow ? NARROW : WIDE;
  const head = narrow ? 0 : HEAD;
  // The same function until the rows change: with another one, all places are reckoned anew at every step of scrolling.
  const keyOf = useCallback((index: number) => rows[index]?.seq ?? index, [rows]);
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => size,
    overscan: 10,
    paddingStart: head,
    scrollPaddingStart: head,
    getItemKey: keyOf,
    // The active row is always there: the list names it to those who hear it.
    rangeExtractor: (range) => {
      const drawn = defaultRangeExtractor(range);
      return active >= 0 && !drawn.includes(active) ? [...drawn, active].sort((a, b) => a - b) : drawn;
    },
  });
  useEffect(() => list.measure(), [list, size]);

  // What is selected from outside, by the address or from a log line, comes into sight once it is there.
  const shown = useRef<number | undefined>(undefined);
  useEffect(() => {
    if (selected === undefined) {
      shown.current = undefined;
      return;
    }
    const index = places.get(selected);
    if (shown.current === selected || index === undefined) return;
    shown.current = selected;
    setAt(selected);
    list.scrollToIndex(index, { align: 'auto' });
  }, [selected, places, list]);

  const words = useMemo(() => {
    const known = new Map<string, string>();
    return ({ group, state }: Row) => {
      const key = `${group} ${state}`;
      const text = known.get(key) ?? `${t(`group.${group}`)}, ${t(`state.${state}`)}`;
      known.set(key, text);
      return text;
    };
  }, [t]);
  const open = useCallback(
    (row: Row) => {
      shown.current = row.seq;
      setAt(row.seq);
      onSelect(row.seq);
    },
    [onSelect],
  );
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const next = moved(event.key, active, rows.length, Math.max(1, Math.floor((frame.current?.clientHeight ?? 0) / size) - 1));
    const row = rows[next ?? active];
    if (next !== undefined && row) {
      setAt(row.seq);
      list.scrollToIndex(next, { align: 'auto' });
      // Beside an open call the arrows leaf through.
      if (selected !== undefined) open(row);
    } else if ((event.key === 'Enter' || event.key === ' ') && row) open(row);
    else if (event.key === 'Escape' && selected !== undefined) onSelect(undefined);
    else if (event.key === '/') onSearch();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      <VisuallyHidden id="journal-keys">{t('keys')}</VisuallyHidden>
      <div
        ref={frame}
        role="grid"
        tabIndex={0}
        aria-label={t('label')}
        aria-describedby="journal-keys"
        aria-rowcount={rows.length + 1}
        aria-activedescendant={active >= 0 && at !== undefined ? rowId(at) : undefined}
        className={classes.frame}
        style={{ maxHeight: height, height: Math.max(rows.length, 1) * size + head + 2 }}
        onKeyDown={onKeyDown}
        onFocus={() => at === undefined && rows[0] && setAt(rows[0].seq)}
      >
        <div role="rowgroup" className={classes.head}>
          <div role="row" aria-rowindex={1} style={{ display: 'contents' }}>
            <span role="columnheader">
              <VisuallyHidden>{t('number')}</VisuallyHidden>
            </span>
            <span role="columnheader">{t('call')}</span>
            <span role="columnheader" style={{ height: '100%' }}>
              <VisuallyHidden>{t('time')}</VisuallyHidden>
              <Ruler scale={scale} from={from} />
            </span>
            <span role="columnheader" style={{ textAlign: 'right' }}>
              {t('took')}
            </span>
          </div>
        </div>
        <div role="rowgroup" style={{ position: 'relative', height: list.getTotalSize() - head }}>
          <Pauses scale={scale} />
          {list.getVirtualItems().map((item) => {
            const row = rows[item.index];
            return (
              row && (
                <JournalRow
                  key={item.key}
                  row={row}
                  index={item.index}
                  top={item.start - head}
                  scale={scale}
                  now={row.end === undefined ? now : 0}
                  active={item.index === active}
                  selected={row.seq === selected}
                  others={row.attempt ? row.attempt.of.flatMap((seq) => (seq === row.seq ? [] : (bySeq.get(seq) ?? []))) : NOBODY}
                  words={words}
                  onOpen={open}
                />
              )
            );
          })}
        </div>
      </div>
      {rows.length === 0 && (
        <Text fz="sm" c="dimmed" p="md">
          {t('noMatch')}
        </Text>
      )}
    </>
  );
}

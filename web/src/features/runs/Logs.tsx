import { ActionIcon, Badge, Card, Group, Select, Switch, Text, TextInput, Title, Tooltip } from '@mantine/core';
import { IconArrowUpRight, IconSearch } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslations } from 'use-intl';

import { Empty } from '../../ui';
import { locale, timeZone } from '../../i18n';
import { LEVELS, siftLines, type Level } from './lines';
import classes from './Logs.module.css';
import type { Line, LogState } from './useLogs';

const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hourCycle: 'h23', timeZone });

interface LogsProps {
  lines: readonly Line[];
  state: LogState;
  /** Leads to the call whose answer the program had when it wrote a line. */
  onJump: ((at: string) => void) | undefined;
}

/** What the run printed; while it goes on, line by line as it is written. */
export function Logs({ lines, state, onJump }: LogsProps) {
  const t = useTranslations('runs.logs');
  const [level, setLevel] = useState<Level>('debug');
  const [text, setText] = useState('');
  const [follow, setFollow] = useState(true);
  const frame = useRef<HTMLDivElement>(null);
  const shown = useMemo(() => siftLines(lines, level, text), [lines, level, text]);
  const live = state === 'live' || state === 'broken';
  const keyOf = useCallback((index: number) => shown[index]?.n ?? index, [shown]);
  const list = useVirtualizer({ count: shown.length, getScrollElement: () => frame.current, estimateSize: () => 26, overscan: 20, getItemKey: keyOf });
  const count = shown.length;
  useEffect(() => {
    if (live && follow && count > 0) list.scrollToIndex(count - 1, { align: 'end' });
  }, [live, follow, count, list]);
  /** Who scrolls up wants to read: following begins again at the end. */
  const onWheel = () => {
    const at = frame.current;
    if (live && at) setFollow(at.scrollHeight - at.scrollTop - at.clientHeight < 40);
  };
  return (
    <Card withBorder padding={0} component="section" aria-labelledby="log-title" style={{ overflow: 'visible' }}>
      <Group gap="xs" p="sm" justify="space-between">
        <Group gap="xs" align="center">
          <Title order={2} id="log-title">
            {t('title')}
          </Title>
          <Text fz="sm" c="dimmed" className="tabular">
            {t('count', { count: lines.length })}
          </Text>
          {live && (
            <Tooltip label={t('broken')} disabled={state !== 'broken'}>
              <Badge variant="outline" color={state === 'live' ? 'teal' : 'yellow'} tt="none" c={`light-dark(var(--mantine-color-${state === 'live' ? 'teal' : 'yellow'}-9), var(--mantine-color-${state === 'live' ? 'teal' : 'yellow'}-3))`}>
                {state === 'live' ? t('live') : t('broken')}
              </Badge>
            </Tooltip>
          )}
        </Group>
        {lines.length > 0 && (
          <Group gap="xs">
            {live && <Switch size="xs" label={t('follow')} checked={follow} onChange={(event) => setFollow(event.currentTarget.checked)} />}
            <TextInput size="xs" aria-label={t('search')} placeholder={t('search')} leftSection={<IconSearch size={14} aria-hidden />} value={text} onChange={(event) => setText(event.currentTarget.value)} w={160} />
            <Select size="xs" aria-label={t('level')} data={LEVELS.map((value) => ({ value, label: t(`levels.${value}`) }))} value={level} onChange={(each) => setLevel((each as Level | null) ?? 'debug')} allowDeselect={false} w={115} />
          </Group>
        )}
      </Group>
      {lines.length === 0 ? (
        state === 'reading' ? <div style={{ height: 120 }} aria-busy /> : <Empty title={t('empty')} text={t('emptyText')} />
      ) : (
        <div ref={frame} className={classes.frame} role="region" aria-label={t('label')} tabIndex={0} onWheel={onWheel} onTouchMove={onWheel} onKeyUp={onWheel}>
          <div role="list" style={{ height: list.getTotalSize(), position: 'relative' }}>
            {list.getVirtualItems().map((item) => {
              const line = shown[item.index];
              return (
                line && (
                  <div key={item.key} role="listitem" aria-setsize={shown.length} aria-posinset={item.index + 1} data-index={item.index} ref={list.measureElement} className={`${classes.line} ${classes[line.level] ?? ''}`} style={{ transform: `translateY(${item.start}px)` }}>
                    <time dateTime={line.at} className={classes.at}>
                      {clock.format(new Date(line.at))}
                    </time>
                    <span className={classes.level}>{line.level}</span>
                    <span className={classes.text}>
                      {line.message}
                      {line.data !== undefined && line.data !== null && <span className={classes.data}> {dataText(line.data)}</span>}
                    </span>
                    {onJump && (
                      <ActionIcon size={24} variant="subtle" color="gray" aria-label={`${t('jump')}: ${line.message.slice(0, 60)}`} title={t('jump')} onClick={() => onJump(line.at)}>
                        <IconArrowUpRight size={15} aria-hidden />
                      </ActionIcon>
                    )}
                  </div>
                )
              );
            })}
          </div>
          {shown.length === 0 && (
            <Text fz="sm" p="md">
              {t('noMatch')}
            </Text>
          )}
        </div>
      )}
    </Card>
  );
}

/** Characters of a line's values. */
const DATA = 2000;

function dataText(data: unknown): string {
  const text = JSON.stringify(data);
  return text.length > DATA ? `${text.slice(0, DATA)}…` : text;
}

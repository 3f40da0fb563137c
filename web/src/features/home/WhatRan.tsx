import { SegmentedControl, Skeleton, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { locale, timeZone } from '../../i18n';
import { BarChart, Empty, Loaded, Section, useFormat, type BarSeries } from '../../ui';
import { figuresQuery } from './figures';
import { barsOf, type By } from './timeline';

/** Runs by hour or day, and how many of them ended well. */
export function WhatRan() {
  const t = useTranslations('home.ran');
  const format = useFormat();
  const navigate = useNavigate();
  const [by, setBy] = useState<By>('hour');
  const query = useQuery({ ...figuresQuery(by), placeholderData: keepPreviousData });
  const series: BarSeries[] = [
    { key: 'completed', label: t('completed'), color: 'teal' },
    { key: 'failed', label: t('failed'), color: 'red', hatched: true },
    { key: 'other', label: t('other'), color: 'gray' },
  ];
  return (
    <Section
      title={t('title')}
      actions={
        <SegmentedControl
          size="xs"
          aria-label={t('range')}
          value={by}
          onChange={(value) => setBy(value as By)}
          data={[
            { value: 'hour', label: t('hours') },
            { value: 'day', label: t('days') },
          ]}
        />
      }
    >
      <Loaded query={query} skeleton={<Skeleton height={270} />}>
        {(figures) => {
          const shown = figures.by === 'day' ? 'day' : 'hour';
          const bars = barsOf(figures.points, shown, figures, locale, timeZone);
          const { total, completed, failed } = figures.totals;
          if (total === 0) return <Empty title={t('none')} text={t('noneText')} />;
          return (
            <>
              <Text fz="sm" mb="xs">
                {t('summary', { total, range: shown, completed: format.number(completed), failed: format.number(failed) })}
                {completed + failed > 0 && ` ${t('rate', { rate: format.percent(completed / (completed + failed)) })}`}
              </Text>
              <BarChart
                key={shown}
                summary={t('summary', { total, range: shown, completed: format.number(completed), failed: format.number(failed) })}
                axis={shown === 'hour' ? t('hour') : t('day')}
                series={series}
                bars={bars}
                hint={t('pick')}
                onPick={(at) => {
                  const bar = bars[at];
                  if (bar) void navigate({ to: '/app/runs', search: { since: bar.from, until: bar.to } });
                }}
              />
            </>
          );
        }}
      </Loaded>
    </Section>
  );
}

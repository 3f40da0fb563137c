import { Accordion, Box, Skeleton, Text } from '@mantine/core';
import { Component, lazy, Suspense, useMemo, type ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { locale, timeZone } from '../../i18n';
import { DataTable, Section, useFormat } from '../../ui';
import { whole, type Bar, type Window } from './range';

const Charts = lazy(() => import('./Charts'));
const HEIGHT = 260;

/** Curves, what they say in a sentence, and their numbers. */
export function OverTime({ figures, window }: { figures: Schema<'Figures'>; window: Window }) {
  const t = useTranslations('analytics');
  const format = useFormat();
  const bars = useMemo(() => whole(figures.series, window), [figures.series, window]);
  const when = useMemo(() => {
    // Days are UTC's, and are named as such; hours begin together in (nearly) all zones and are the reader's.
    const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
    const hour = new Intl.DateTimeFormat(locale, { weekday: 'short', hour: 'numeric', minute: '2-digit', timeZone });
    return (at: string) => (window.interval === 'day' ? day : hour).format(new Date(at));
  }, [window.interval]);
  const peak = bars.reduce<Bar | undefined>((most, bar) => (bar.runs > (most?.runs ?? 0) ? bar : most), undefined);
  const sum = bars.reduce((all, bar) => ({ runs: all.runs + bar.runs, completed: all.completed + bar.completed, failed: all.failed + bar.failed }), { runs: 0, completed: 0, failed: 0 });
  const means = bars.flatMap((bar) => (bar.mean === null ? [] : [bar.mean]));
  return (
    <Section title={t('overTime')} description={window.interval === 'day' ? t('overTimeDay') : t('overTimeHour')}>
      <Text fz="sm" mb="md">
        {peak ? t('summary', { ...sum, peak: when(peak.at), most: peak.runs }) : t('summaryEmpty')}
        {means.length > 1 && ` ${t('meanSummary', { least: format.span(Math.min(...means)), most: format.span(Math.max(...means)) })}`}
      </Text>
      {peak && (
        <Boundary instead={<Text fz="sm">{t('chartFailed')}</Text>}>
          <Suspense fallback={<Skeleton height={HEIGHT} />}>
            <Box aria-hidden>
              <Charts bars={bars} when={when} height={HEIGHT} />
            </Box>
          </Suspense>
        </Boundary>
      )}
      {peak && (
        <Accordion variant="contained" mt="md">
          <Accordion.Item value="table">
            <Accordion.Control>{t('asTable')}</Accordion.Control>
            <Accordion.Panel>
              <DataTable
                label={t('overTime')}
                rows={bars.filter((bar) => bar.runs > 0)}
                id={(row) => row.at}
                columns={[
                  { key: 'when', title: t('when'), main: true, render: (row) => when(row.at) },
                  { key: 'runs', title: t('executions'), align: 'right', render: (row) => format.number(row.runs) },
                  { key: 'completed', title: t('completed'), align: 'right', render: (row) => format.number(row.completed) },
                  { key: 'failed', title: t('failed'), align: 'right', render: (row) => format.number(row.failed) },
                  { key: 'share', title: t('successRate'), align: 'right', render: (row) => (row.success === null ? '–' : format.percent(row.success)) },
                  { key: 'mean', title: t('mean'), align: 'right', render: (row) => (row.mean === null ? '–' : format.span(row.mean)) },
                ]}
              />
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>
      )}
    </Section>
  );
}

/** A chart that does not come is no reason to lose the page. */
class Boundary extends Component<{ instead: ReactNode; children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? this.props.instead : this.props.children;
  }
}

import { Alert, Card, SimpleGrid, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';
import { Empty, LinkButton, ProblemAlert, useFormat } from '../../ui';
import { Cost } from './Cost';
import { Errors } from './Errors';
import { OverTime } from './OverTime';
import { figuresQuery } from './queries';
import type { Search } from './search';
import { UsageTable } from './UsageTable';

/** Numbers, curves, errors, people. */
export function FiguresView({ id, search }: { id: string; search: Search }) {
  const t = useTranslations('analytics');
  const format = useFormat();
  const query = useQuery(figuresQuery(id, search));
  if (isProblem(query.error, 'ANALYTICS_DISABLED')) return <Empty title={t('disabled')} text={t('disabledText')} action={<LinkButton to={'/app/runs' as string}>{t('openRuns')}</LinkButton>} />;
  if (query.isError && !query.data) return <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) {
    return (
      <Stack gap="lg">
        <Skeleton height={92} />
        <Skeleton height={340} />
        <Skeleton height={200} />
      </Stack>
    );
  }
  const { figures, window } = query.data;
  const isCut = Date.parse(figures.covers_from) > Date.parse(figures.from) + 1000;
  return (
    <Stack gap="lg" style={{ opacity: query.isPlaceholderData ? 0.6 : 1 }} aria-busy={query.isPlaceholderData}>
      {isCut && figures.executions.total >= 100_000 && <Alert color="yellow" variant="light">{t('cut', { from: format.instant(figures.covers_from) })}</Alert>}
      <Tiles figures={figures} />
      <OverTime figures={figures} window={window} />
      <Errors errors={figures.errors} failed={figures.executions.failed} search={search} />
      <UsageTable usage={figures.usage} />
      <Cost id={id} />
    </Stack>
  );
}

function Tiles({ figures }: { figures: Schema<'Figures'> }) {
  const t = useTranslations('analytics');
  const format = useFormat();
  const { executions: counts, duration_ms: times, success_rate: share } = figures;
  const span = (ms: number | null | undefined) => (ms === null || ms === undefined ? '–' : format.span(ms));
  const tiles: Array<[string, string]> = [
    [t('executions'), format.number(counts.total)],
    [t('successRate'), share === null || share === undefined ? '–' : format.percent(share)],
    [t('failed'), format.number(counts.failed)],
    [t('open'), format.number(counts.open)],
    [t('cancelled'), format.number(counts.cancelled)],
    [t('skipped'), format.number(counts.skipped)],
    [t('p50'), span(times.p50)],
    [t('p95'), span(times.p95)],
    [t('p99'), span(times.p99)],
  ];
  return (
    <Card withBorder padding="lg">
      <SimpleGrid component="dl" cols={{ base: 2, sm: 3, lg: 9 }} spacing="md" m={0}>
        {tiles.map(([name, value]) => (
          <div key={name} style={{ display: 'flex', flexDirection: 'column', justifyContent: 'space-between' }}>
            <Text component="dt" fz="sm" c="dimmed">{name}</Text>
            <Text component="dd" m={0} fz="xl" fw={600} className="tabular">{value}</Text>
          </div>
        ))}
      </SimpleGrid>
      <Text fz="xs" c="dimmed" mt="sm">{t('durationText')}</Text>
    </Card>
  );
}

import { SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';
import { DataTable, Empty, Facts, LinkButton, Loaded, ProblemAlert, Section, Span, StatusBadge, TableSkeleton, TextLink, Time, useFormat } from '../../ui';
import { nextRun } from './nextRun';
import { recentRunsQuery, weekQuery, type Installation } from './queries';
import { StatusPanel } from './StatusPanel';
import type { Tab } from './tabs';

/** How it is doing. */
export function OverviewTab({ installation, onTab }: { installation: Installation; onTab: (tab: Tab) => void }) {
  const t = useTranslations('installation');
  const next = nextRun(installation.schedules);
  return (
    <Stack gap="lg">
      <StatusPanel installation={installation} onConnections={() => onTab('connections')} />
      <Week installation={installation} />
      <RecentRuns installation={installation} />
      <Section title={t('facts')}>
        <Facts
          items={[
            [t('workflow'), <TextLink key="w" to={`/app/workflows/${installation.workflow_id}` as string}>{installation.workflow}</TextLink>],
            [t('version'), installation.version],
            [t('nextRun'), next && <Time key="n" at={next} exact />],
            [t('timezone'), installation.timezone],
            [t('installedAt'), <Time key="c" at={installation.created_at} />],
            [t('changedAt'), <Time key="u" at={installation.updated_at} />],
            [t('secretHosts'), installation.secret_hosts.join(', ')],
          ]}
        />
      </Section>
    </Stack>
  );
}

function Week({ installation }: { installation: Installation }) {
  const t = useTranslations('installation');
  const format = useFormat();
  const query = useQuery(weekQuery(installation.workflow_id, installation.id));
  const hidden = isProblem(query.error, 'ANALYTICS_DISABLED');
  const figures = query.data;
  const share = figures?.success_rate;
  const p50 = figures?.duration_ms.p50;
  const p95 = figures?.duration_ms.p95;
  return (
    <Section
      title={t('week')}
      description={t('weekText')}
      actions={!hidden && <LinkButton size="xs" variant="default" to={`/app/analytics/${installation.workflow_id}` as string} search={{ installation: installation.id } as never}>{t('allFigures')}</LinkButton>}
    >
      {hidden ? (
        <Text c="dimmed" fz="sm">{t('noFigures')}</Text>
      ) : query.isError ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <SimpleGrid component="dl" cols={{ base: 2, sm: 5 }} m={0}>
          <Figure name={t('executions')} value={figures && format.number(figures.executions.total)} />
          <Figure name={t('failures')} value={figures && format.number(figures.executions.failed)} />
          <Figure name={t('successRate')} value={figures && (share === null || share === undefined ? '–' : format.percent(share))} />
          <Figure name={t('median')} value={figures && (p50 === null || p50 === undefined ? '–' : format.span(p50))} />
          <Figure name={t('slowest')} value={figures && (p95 === null || p95 === undefined ? '–' : format.span(p95))} />
        </SimpleGrid>
      )}
    </Section>
  );
}

function Figure({ name, value }: { name: string; value: string | undefined }) {
  return (
    <div>
      <Text component="dt" fz="sm" c="dimmed">{name}</Text>
      <Text component="dd" m={0} fz="xl" fw={600} className="tabular">{value ?? '…'}</Text>
    </div>
  );
}

function RecentRuns({ installation }: { installation: Installation }) {
  const t = useTranslations('installation');
  const query = useQuery(recentRunsQuery(installation.id));
  const link = (run: Schema<'RunSummary'>) => `/app/runs/${run.id}`;
  return (
    <Section title={t('recentRuns')} actions={<LinkButton size="xs" variant="default" to={'/app/runs' as string} search={{ installation: installation.id } as never}>{t('allRuns')}</LinkButton>}>
      <Loaded query={query} skeleton={<TableSkeleton rows={4} />}>
        {(page) => (
          <DataTable
            label={t('recentRuns')}
            rows={page.data}
            id={(run) => run.id}
            href={link}
            empty={<Empty title={t('noRuns')} text={t('noRunsText')} />}
            columns={[
              { key: 'run', title: t('run'), main: true, render: (run) => <TextLink to={link(run) as string} ff="monospace" fz="sm">{run.id}</TextLink> },
              { key: 'status', title: t('state'), render: (run) => <><StatusBadge status={run.status} />{run.error_code && <Text span fz="xs" ml={6}>{run.error_code}</Text>}</> },
              { key: 'trigger', title: t('trigger'), render: (run) => run.trigger },
              { key: 'at', title: t('started'), render: (run) => <Time at={run.created_at} /> },
              { key: 'ms', title: t('duration'), align: 'right', render: (run) => <Span ms={run.duration_ms} /> },
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}

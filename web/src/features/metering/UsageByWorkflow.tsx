import { Stack, Text } from '@mantine/core';
import { queryOptions, useQueries, useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';
import { locale } from '../../i18n';
import { DataTable, Empty, Loaded, ProblemAlert, Section, TableSkeleton, TextLink, useFormat } from '../../ui';
import { useMe } from '../identity/useMe';

const foreignQuery = queryOptions({ queryKey: ['installations', 'usage'], queryFn: () => data(api.GET('/api/installations', { params: { query: { limit: 200 } } })) });
const usageQuery = (id: string) => queryOptions({ queryKey: ['usage', id], queryFn: () => data(api.GET('/api/workflows/{id}/usage', { params: { path: { id } } })), refetchInterval: 60_000 });

/** What each workflow of somebody else cost this month, by installation. */
export function UsageByWorkflow() {
  const t = useTranslations('settings.billing');
  const { workspace } = useMe();
  const query = useQuery(foreignQuery);
  return (
    <Section title={t('usage')} description={t('usageText')}>
      <Loaded query={query}>
        {(list) => {
          const foreign = list.data.filter((each) => each.publisher_id !== workspace.tenant_id);
          const workflows = new Map(foreign.map((each) => [each.workflow_id, each.workflow]));
          return workflows.size === 0 ? <Empty title={t('usageNone')} text={t('usageNoneText')} /> : <Usages workflows={workflows} />;
        }}
      </Loaded>
    </Section>
  );
}

interface Line {
  workflow: string;
  usage: Schema<'UsageAnswer'>;
  installation: Schema<'InstallationUsage'>;
}

function Usages({ workflows }: { workflows: Map<string, string> }) {
  const t = useTranslations('settings.billing');
  const format = useFormat();
  const ids = [...workflows.keys()];
  const queries = useQueries({ queries: ids.map(usageQuery) });
  const failed = queries.find((query) => query.isError && query.data === undefined);
  if (failed) return <ProblemAlert error={failed.error} onRetry={() => queries.forEach((query) => void query.refetch())} />;
  if (queries.some((query) => query.data === undefined)) return <TableSkeleton rows={ids.length} />;
  const lines: Line[] = queries.flatMap(({ data: usage }, at) => (usage ? usage.installations.map((installation) => ({ workflow: workflows.get(ids[at] ?? '') ?? '', usage, installation })) : []));
  const credit = queries[0]?.data?.credit_left;
  // Prices are kept to 1/10 000 of the major unit: a run may cost less than a cent.
  const units = (value: number, currency: string) => new Intl.NumberFormat(locale, { style: 'currency', currency, maximumFractionDigits: 4 }).format(value / 10_000);
  const sum = (line: Line, what: 'units' | 'discount_units') => line.installation.runs.reduce((all, kind) => all + kind[what], 0);
  return (
    <Stack gap="sm">
      <DataTable
        label={t('usage')}
        rows={lines}
        id={(line) => line.installation.installation_id}
        empty={<Empty title={t('usageNone')} text={t('usageNoneText')} />}
        columns={[
          { key: 'name', title: t('installation'), main: true, render: (line) => <TextLink to={`/app/installations/${line.installation.installation_id}` as string}>{line.installation.name}</TextLink> },
          { key: 'workflow', title: t('workflow'), render: (line) => line.workflow },
          {
            key: 'price',
            title: t('price'),
            render: ({ installation: each, usage }) =>
              each.price_units === null || each.price_units === undefined ? t('free') : each.trial_until ? t('trial', { date: format.date(each.trial_until) }) : each.free_left > 0 ? t('freeLeft', { count: each.free_left }) : units(each.price_units, usage.currency),
          },
          {
            key: 'runs',
            title: t('runs'),
            render: (line) => line.installation.runs.map((kind) => t('kind', { count: format.number(kind.runs), kind: t(`kinds.${kind.kind as 'charged'}`) })).join(', ') || '–',
          },
          {
            key: 'cost',
            title: t('cost'),
            align: 'right',
            render: (line) => (
              <span className="tabular">
                {units(sum(line, 'units'), line.usage.currency)}
                {sum(line, 'discount_units') > 0 && ` (${t('off', { amount: units(sum(line, 'discount_units'), line.usage.currency) })})`}
              </span>
            ),
          },
        ]}
      />
      {credit !== undefined && (
        <Text fz="sm" c="dimmed">
          {t('credit', { count: credit })}
        </Text>
      )}
    </Stack>
  );
}

import { Alert, Card, Group, SegmentedControl, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconCoins } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { Amount, DataTable, Empty, Facts, Loaded, Page, Section, StatusBadge, TableSkeleton, TextLink, Time, useFormat, type Column } from '../../ui';
import { earningsQuery, namesQuery, payoutsQuery, periods, type Period } from './queries';

type Earnings = Schema<'EarningsAnswer'>;
type OfWorkflow = Schema<'WorkflowEarnings'>;
type Payout = Schema<'PayoutAnswer'>;

interface EarningsPageProps {
  period: Period;
  onPeriod: (period: Period) => void;
  /** What is above the figures: whether the workspace can be paid at all. */
  notice: ReactNode;
  /** What changes what the workspace says of itself. */
  actions: ReactNode;
}

/** What a developer earned and was paid. */
export function EarningsPage({ period, onPeriod, notice, actions }: EarningsPageProps) {
  const t = useTranslations('developer.earnings');
  const query = useQuery(earningsQuery(period));
  return (
    <Page title={t('title')} description={t('description')} actions={actions}>
      {notice}
      <SegmentedControl aria-label={t('period')} value={period} onChange={(to) => onPeriod(to as Period)} data={periods.map((value) => ({ value, label: t(`periods.${value}`) }))} style={{ alignSelf: 'flex-start' }} />
      <Loaded query={query} skeleton={<TableSkeleton rows={3} height={110} />}>
        {(earned) => (
          <>
            <Summary earned={earned} />
            <Workflows earned={earned} />
            <Payouts />
            <Counted earned={earned} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Tile({ name, hint, children }: { name: string; hint?: string | undefined; children: ReactNode }) {
  return (
    <Card withBorder padding="md">
      <Text fz="sm" c="dimmed">
        {name}
      </Text>
      <Text fz="xl" fw={600} className="tabular">
        {children}
      </Text>
      {hint && (
        <Text fz="xs" c="dimmed">
          {hint}
        </Text>
      )}
    </Card>
  );
}

function Summary({ earned }: { earned: Earnings }) {
  const t = useTranslations('developer.earnings');
  const format = useFormat();
  const { revenue, payouts, subscriptions, currency } = earned;
  const money = (cents: number) => format.money(cents, currency);
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 2, md: 4 }} spacing="md">
        <Tile name={t('thisMonth')} hint={t('thisMonthHint')}>
          {money(revenue.this_month)}
        </Tile>
        <Tile name={t('lastMonth')}>{money(revenue.last_month)}</Tile>
        <Tile name={t('inPeriod')}>{money(revenue.period)}</Tile>
        <Tile name={t('total')} hint={t('totalHint', { gross: money(revenue.gross) })}>
          {money(revenue.total)}
        </Tile>
        <Tile name={t('pending')} hint={t('pendingHint')}>
          {money(payouts.pending)}
        </Tile>
        <Tile name={t('paid')}>{money(payouts.paid)}</Tile>
        <Tile name={t('nextPayout')} hint={t('nextPayoutHint', { minimum: money(payouts.minimum) })}>
          {format.date(dayOf(payouts.next_payout_date))}
        </Tile>
        <Tile name={t('fromForks')} hint={t('fromForksHint')}>
          {money(revenue.from_forks)}
        </Tile>
      </SimpleGrid>
      <Section title={t('subscriptions')}>
        <Facts
          items={[
            [t('active'), format.number(subscriptions.active)],
            [t('newThisMonth'), format.number(subscriptions.new_this_month)],
            [t('churned'), format.number(subscriptions.churned)],
          ]}
        />
      </Section>
    </Stack>
  );
}

/** A bare date means noon there: no time zone makes another day of it. */
export function dayOf(date: string): string {
  return date.length === 10 ? `${date}T12:00:00` : date;
}

function Workflows({ earned: { workflows, currency } }: { earned: Earnings }) {
  const t = useTranslations('developer.earnings');
  const names = useQuery({ ...namesQuery, enabled: workflows.length > 0 });
  const money = (of: (row: OfWorkflow) => number) => (row: OfWorkflow) => <Amount cents={of(row)} currency={currency} />;
  const name = (row: OfWorkflow) => {
    const known = names.data?.get(row.workflow_id);
    return known ? (
      <TextLink to="/app/developer/workflows/$id" params={{ id: row.workflow_id }} fw={600} fz="sm">
        {known}
      </TextLink>
    ) : (
      <>{names.isPending ? row.workflow_id : t('gone')}</>
    );
  };
  const columns: Array<Column<OfWorkflow>> = [
    { key: 'name', title: t('workflow'), main: true, render: name },
    { key: 'period', title: t('inPeriod'), align: 'right', render: money((row) => row.revenue.period) },
    { key: 'month', title: t('thisMonth'), align: 'right', render: money((row) => row.revenue.this_month) },
    { key: 'last', title: t('lastMonth'), align: 'right', render: money((row) => row.revenue.last_month) },
    { key: 'total', title: t('total'), align: 'right', render: money((row) => row.revenue.total) },
    { key: 'active', title: t('subscriptions'), align: 'right', render: (row) => <span className="tabular">{row.subscriptions.active}</span> },
  ];
  return (
    <Section title={t('workflows')}>
      <DataTable
        label={t('workflows')}
        rows={workflows}
        columns={columns}
        id={(row) => row.workflow_id}
        empty={<Empty icon={<IconCoins size={40} />} title={t('workflowsEmpty')} text={t('workflowsEmptyText')} />}
      />
    </Section>
  );
}

function Payouts() {
  const t = useTranslations('developer.earnings');
  const query = useInfiniteQuery(payoutsQuery);
  const columns: Array<Column<Payout>> = [
    { key: 'made', title: t('made'), main: true, render: (payout) => <Time at={payout.created_at} /> },
    { key: 'amount', title: t('amount'), align: 'right', render: (payout) => <Amount cents={payout.amount_cents} currency={payout.currency} /> },
    { key: 'state', title: t('state'), render: (payout) => <PayoutState status={payout.status} /> },
    { key: 'paid', title: t('paidOn'), render: (payout) => (payout.paid_at ? <Time at={payout.paid_at} /> : '–') },
    { key: 'reference', title: t('reference'), render: (payout) => <Text span fz="sm" ff="monospace" style={{ overflowWrap: 'anywhere' }}>{payout.reference ?? '–'}</Text> },
  ];
  return (
    <Section title={t('payouts')} description={t('payoutsText')}>
      <Loaded query={query} skeleton={<TableSkeleton rows={2} />}>
        {({ pages }) => (
          <DataTable
            label={t('payouts')}
            rows={pages.flatMap((page) => page.data)}
            columns={columns}
            id={(payout) => payout.id}
            empty={<Text fz="sm">{t('payoutsEmpty')}</Text>}
            more={query.hasNextPage ? { load: () => void query.fetchNextPage(), loading: query.isFetchingNextPage } : undefined}
          />
        )}
      </Loaded>
    </Section>
  );
}

function PayoutState({ status }: { status: string }) {
  const t = useTranslations('developer.earnings');
  const key = `states.${status}` as 'states.paid';
  return <StatusBadge status={status} label={t.has(key) ? t(key) : status} />;
}

function Counted({ earned }: { earned: Earnings }) {
  const t = useTranslations('developer.earnings');
  const format = useFormat();
  const minimum = format.money(earned.payouts.minimum, earned.currency);
  return (
    <Section title={t('counted')}>
      <ul style={{ margin: 0, paddingInlineStart: 20, display: 'grid', gap: 6, maxWidth: 820 }}>
        {[t('countedSale'), t('countedFork'), t('countedRounding'), t('countedPayout', { minimum })].map((text) => (
          <Text component="li" fz="sm" key={text}>
            {text}
          </Text>
        ))}
      </ul>
    </Section>
  );
}

/** Says that the workspace cannot be paid yet. */
export function NotPayable({ profile, action }: { profile: Schema<'DeveloperAnswer'>; action: ReactNode }) {
  const t = useTranslations('developer.earnings');
  if (profile.is_registered && profile.payout_account) return null;
  return (
    <Alert color="yellow" variant="light" icon={<IconCoins size={20} aria-hidden />}>
      <Group justify="space-between">
        <Text fz="sm">{profile.is_registered ? t('noAccount') : t('register')}</Text>
        {action}
      </Group>
    </Alert>
  );
}

import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { locale } from '../../i18n';
import { Amount, DataTable, Facts, LinkButton, Section, TextLink, Time, useFormat } from '../../ui';
import { useMe } from '../identity/useMe';
import { costQuery } from './queries';

/** Unit prices are in 1/10 000 of the currency, which is less than its smallest coin. */
function unitsText(units: number, currency: string): string {
  return new Intl.NumberFormat(locale, { style: 'currency', currency, maximumFractionDigits: 4 }).format(units / 10_000);
}

/** What this month's runs cost the workspace. Only for those who may see money. */
export function Cost({ id }: { id: string }) {
  const t = useTranslations('analytics');
  const { role, manages } = useMe();
  const { data: cost } = useQuery({ ...costQuery(id), enabled: manages || role === 'billing', retry: false });
  if (!cost) return null;
  const isFree = cost.installations.every((each) => each.price_units === null || each.price_units === undefined);
  return (
    <Section title={t('metering')} description={t('meteringText', { month: cost.month })} actions={!isFree && <LinkButton size="xs" variant="default" to={'/app/settings/billing' as string}>{t('allBilling')}</LinkButton>}>
      {isFree && cost.amount_units === 0 ? (
        <Text fz="sm">{t('costNothing')}</Text>
      ) : (
        <Stack gap="md">
          <Facts
            items={[
              [t('amount'), <Amount key="a" cents={cost.amount_cents} currency={cost.currency} />],
              [t('credit'), cost.credit_left],
            ]}
          />
          {cost.volume && <Text fz="sm">{t('volume', { runs: cost.volume.paid_runs, percent: cost.volume.next_percent })}</Text>}
          <DataTable
            label={t('metering')}
            rows={cost.installations}
            id={(row) => row.installation_id}
            columns={[
              { key: 'name', title: t('installation'), main: true, render: (row) => <TextLink to="/app/installations/$id" params={{ id: row.installation_id }}>{row.name}</TextLink> },
              { key: 'price', title: t('price'), align: 'right', render: (row) => (row.price_units ? unitsText(row.price_units, cost.currency) : t('free')) },
              { key: 'free', title: t('freeLeft'), align: 'right', render: (row) => row.free_left },
              { key: 'trial', title: t('trialUntil'), render: (row) => (row.trial_until ? <Time at={row.trial_until} /> : '–') },
              { key: 'kinds', title: t('kinds'), render: (row) => <Kinds kinds={row.runs} currency={cost.currency} /> },
            ]}
          />
        </Stack>
      )}
    </Section>
  );
}

const known = ['charged', 'free', 'included', 'credit', 'trial', 'waived'] as const;

function Kinds({ kinds, currency }: { kinds: ReadonlyArray<Schema<'KindUsage'>>; currency: string }) {
  const t = useTranslations('analytics');
  const format = useFormat();
  const discount = kinds.reduce((sum, each) => sum + each.discount_units, 0);
  const words = kinds.map(({ kind, runs }) => {
    const word = known.find((each) => each === kind);
    return word ? t(`kind_${word}`, { runs: format.number(runs) }) : `${kind} ${runs}`;
  });
  if (discount > 0) words.push(t('discount', { amount: unitsText(discount, currency) }));
  return <>{words.join(', ') || '–'}</>;
}

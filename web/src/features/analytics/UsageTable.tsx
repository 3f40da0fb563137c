import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { DataTable, Empty, Section, Time, useFormat } from '../../ui';
import { useNameOf } from '../identity/people';
import { useMe } from '../identity/useMe';

/** Who ran it how often; of other organisations only the sum is told. */
export function UsageTable({ usage }: { usage: ReadonlyArray<Schema<'Usage'>> }) {
  const t = useTranslations('analytics');
  const format = useFormat();
  const nameOf = useNameOf(usage.map((row) => row.user_id));
  const { me } = useMe();
  const who = (row: Schema<'Usage'>) => (row.organization_id === me.tenant_id ? nameOf(row.user_id) : t('otherOrganization', { id: row.organization_id }));
  return (
    <Section title={t('usage')} description={t('usageText')}>
      <DataTable
        label={t('usage')}
        rows={usage}
        id={(row) => `${row.organization_id} ${row.user_id}`}
        empty={<Empty title={t('noUsage')} text={t('noUsageText')} />}
        columns={[
          { key: 'who', title: t('who'), main: true, render: who },
          { key: 'runs', title: t('runs'), align: 'right', render: (row) => format.number(row.runs) },
          { key: 'failures', title: t('failures'), align: 'right', render: (row) => format.number(row.failures) },
          { key: 'last', title: t('lastRun'), render: (row) => <Time at={row.last_run} /> },
        ]}
      />
    </Section>
  );
}

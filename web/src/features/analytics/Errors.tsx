import { Code, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { DataTable, Empty, Section, TextLink, Time, useFormat } from '../../ui';
import type { Search } from './search';

/** What failed, and how often; each leads to the runs that it failed. */
export function Errors({ errors, failed, search }: { errors: ReadonlyArray<Schema<'ErrorCount'>>; failed: number; search: Search }) {
  const t = useTranslations('analytics');
  const format = useFormat();
  const runs = (code: string) => ({ status: 'failed', error: code, ...(search.installation !== undefined && { installation: search.installation }), ...(search.trigger !== undefined && { trigger: search.trigger }) });
  return (
    <Section title={t('errors')} description={errors.length > 0 ? t('errorsText') : undefined}>
      <DataTable
        label={t('errors')}
        rows={errors}
        id={(row) => `${row.code} ${row.integration} ${row.message}`}
        empty={<Empty icon={<IconCircleCheck size={40} />} title={t('noErrors')} text={t('noErrorsText')} />}
        columns={[
          { key: 'code', title: t('code'), main: true, render: (row) => <TextLink to={'/app/runs' as string} search={runs(row.code) as never} aria-label={t('runsWith', { code: row.code })}><Code>{row.code}</Code></TextLink> },
          { key: 'service', title: t('service'), render: (row) => row.integration ?? '–' },
          { key: 'message', title: t('message'), render: (row) => <Text fz="sm" lineClamp={3} style={{ overflowWrap: 'anywhere' }}>{row.message ?? '–'}</Text> },
          { key: 'count', title: t('count'), align: 'right', render: (row) => format.number(row.count) },
          { key: 'share', title: t('share'), align: 'right', render: (row) => (failed > 0 ? format.percent(row.count / failed) : '–') },
          { key: 'last', title: t('lastSeen'), render: (row) => <Time at={row.last_seen} /> },
        ]}
      />
    </Section>
  );
}

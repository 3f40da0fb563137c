import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { api } from '../../api/client';
import { CopyIcon, DataTable, Empty, Loaded, Section, StatusBadge, Time, useDo } from '../../ui';
import { ownSupportQuery } from './queries';

/** Which workspaces the member of staff looks into. */
export function OwnSupport() {
  const t = useTranslations('system');
  const query = useQuery(ownSupportQuery);
  const leave = useDo({ work: (id: string) => api.DELETE('/api/v1/admin/support-access/{id}', { params: { path: { id } } }), renews: [['system', 'support']], says: t('did') });
  return (
    <Section title={t('support')} description={t('supportHeader')}>
      <Loaded query={query}>
        {(list) => (
          <DataTable
            label={t('support')}
            rows={list.data}
            id={(row) => row.id}
            empty={<Empty title={t('supportNone')} text={t('supportNoneText')} />}
            columns={[
              { key: 'id', title: t('support'), main: true, render: (row) => <>{row.id} <CopyIcon value={row.id} label={row.id} /></> },
              { key: 'tenant', title: t('workspace'), render: (row) => row.tenant_id },
              { key: 'reason', title: t('reason'), render: (row) => row.reason },
              { key: 'until', title: t('supportUntil'), render: (row) => <Time at={row.ended_at ?? row.expires_at} /> },
              {
                key: 'do',
                title: t('state'),
                align: 'right',
                render: (row) =>
                  row.open ? (
                    <Button size="xs" variant="default" aria-label={`${t('supportEnd')}: ${row.id}`} loading={leave.isPending && leave.variables === row.id} onClick={() => leave.mutate(row.id)}>
                      {t('supportEnd')}
                    </Button>
                  ) : (
                    <StatusBadge status="ended" label={t('ended')} />
                  ),
              },
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}

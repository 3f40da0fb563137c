import { Button } from '@mantine/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { DataTable, Empty, Loaded, Section, StatusBadge, Time, useConfirm, useDo } from '../../ui';

const supportQuery = queryOptions({ queryKey: ['support-access'], queryFn: () => data(api.GET('/api/v1/support-access', { params: { query: { limit: 50 } } })) });

/** Who of the staff looks into the workspace, and the end of it. */
export function SupportAccessList() {
  const t = useTranslations('settings.workspace');
  const confirm = useConfirm();
  const query = useQuery(supportQuery);
  const end = useDo({
    work: (id: string) => api.DELETE('/api/v1/support-access/{id}', { params: { path: { id } } }),
    renews: [['support-access']],
    says: t('supportEndSaid'),
  });
  return (
    <Section title={t('support')} description={t('supportText')}>
      <Loaded query={query}>
        {(list) => (
          <DataTable
            label={t('supportList')}
            rows={list.data}
            id={(row) => row.id}
            empty={<Empty title={t('supportNone')} text={t('supportNoneText')} />}
            columns={[
              { key: 'who', title: t('supportWho'), main: true, render: (row) => row.email },
              { key: 'why', title: t('supportReason'), render: (row) => row.reason },
              { key: 'since', title: t('supportSince'), render: (row) => <Time at={row.created_at} /> },
              { key: 'until', title: t('supportUntil'), render: (row) => <Time at={row.ended_at ?? row.expires_at} /> },
              {
                key: 'state',
                title: '',
                align: 'right',
                render: (row) =>
                  row.open ? (
                    <Button
                      size="xs"
                      variant="default"
                      loading={end.isPending && end.variables === row.id}
                      aria-label={t('supportEndOf', { email: row.email })}
                      onClick={async () => (await confirm({ title: t('supportEndTitle'), text: t('supportEndText', { email: row.email }), action: t('supportEnd'), danger: true })) && end.mutate(row.id)}
                    >
                      {t('supportEnd')}
                    </Button>
                  ) : (
                    <StatusBadge status="ended" label={t('supportEnded')} />
                  ),
              },
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}

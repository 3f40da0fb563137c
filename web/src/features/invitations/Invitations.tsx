import { Button, Group, Switch } from '@mantine/core';
import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { DataTable, Empty, ProblemAlert, Section, StatusBadge, TableSkeleton, Time, useConfirm, useDo } from '../../ui';
import type { Role } from '../identity/useMe';

const invitationsQuery = infiniteQueryOptions({
  queryKey: ['invitations'],
  queryFn: ({ pageParam }) => data(api.GET('/api/v1/workspace/invitations', { params: { query: { limit: 100, ...(pageParam && { cursor: pageParam }) } } })),
  initialPageParam: '',
  getNextPageParam: (page) => page.next_cursor,
});

/** Who was invited and has not come yet; on demand everybody who ever was. */
export function Invitations() {
  const t = useTranslations('settings.members');
  const common = useTranslations('common');
  const confirm = useConfirm();
  const [all, showAll] = useState(false);
  const query = useInfiniteQuery(invitationsQuery);
  const renews = [['invitations']];
  const resend = useDo({
    work: (id: string) => data(api.POST('/api/v1/workspace/invitations/{id}/resend', { params: { path: { id } } })),
    renews,
    says: (answer) => t('resent', { email: answer.email }),
  });
  const revoke = useDo({ work: (id: string) => api.DELETE('/api/v1/workspace/invitations/{id}', { params: { path: { id } } }), renews, says: t('revoked') });
  const every = query.data?.pages.flatMap((page) => page.data);
  const open = every?.filter((each) => all || each.status === 'pending' || each.status === 'expired');
  return (
    <Section title={t('invitations')} description={t('invitationsText')} actions={<Switch label={t('showAll')} checked={all} onChange={(event) => showAll(event.currentTarget.checked)} />}>
      {open ? (
        <DataTable
          label={t('invitationsList')}
          rows={open}
          id={(row) => row.invitation_id}
          empty={<Empty title={t('invitationsNone')} text={t('invitationsNoneText')} />}
          more={query.hasNextPage ? { load: () => void query.fetchNextPage(), loading: query.isFetchingNextPage } : undefined}
          columns={[
            { key: 'email', title: t('email'), main: true, render: (row) => row.email },
            { key: 'role', title: t('role'), render: (row) => t(`roles.${row.role as Role}`) },
            { key: 'status', title: common('status'), render: (row) => <StatusBadge status={row.status} /> },
            { key: 'sent', title: t('sent'), render: (row) => <Time at={row.created_at} /> },
            { key: 'expires', title: t('expires'), render: (row) => <Time at={row.expires_at} /> },
            {
              key: 'do',
              title: '',
              align: 'right',
              render: (row) =>
                row.status !== 'accepted' &&
                row.status !== 'revoked' && (
                  <Group gap="xs" justify="flex-end" wrap="nowrap">
                    <Button size="xs" variant="default" aria-label={t('resendTo', { email: row.email })} loading={resend.isPending && resend.variables === row.invitation_id} onClick={() => resend.mutate(row.invitation_id)}>
                      {t('resend')}
                    </Button>
                    {row.status === 'pending' && (
                      <Button
                        size="xs"
                        variant="default"
                        aria-label={t('revokeOf', { email: row.email })}
                        onClick={async () => (await confirm({ title: t('revokeTitle'), text: t('revokeText', { email: row.email }), action: t('revoke'), danger: true })) && revoke.mutate(row.invitation_id)}
                      >
                        {t('revoke')}
                      </Button>
                    )}
                  </Group>
                ),
            },
          ]}
        />
      ) : query.isError ? (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <TableSkeleton rows={2} />
      )}
    </Section>
  );
}

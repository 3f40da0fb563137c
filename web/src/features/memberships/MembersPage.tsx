import { Stack, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { DataTable, Page, ProblemAlert, Section, StatusBadge, TableSkeleton, Time } from '../../ui';
import { useMe, type Role } from '../identity/useMe';
import { MemberMenu } from './MemberMenu';
import { membersQuery } from './queries';
import { RoleDialog } from './RoleDialog';

/** Who belongs to the workspace; `invitations` stands below for those who may invite. */
export function MembersPage({ actions, invitations }: { actions: ReactNode; invitations: ReactNode }) {
  const t = useTranslations('settings.members');
  const common = useTranslations('common');
  const { me, manages } = useMe();
  const query = useInfiniteQuery(membersQuery);
  const [changing, change] = useState<Schema<'MemberAnswer'>>();
  const rows = query.data?.pages.flatMap((page) => page.data);
  return (
    <Page title={t('title')} description={t('description')} actions={manages && actions}>
      <Stack gap="lg">
        <Section title={t('title')}>
          {rows ? (
            <DataTable
              label={t('list')}
              rows={rows}
              id={(row) => row.user_id}
              more={query.hasNextPage ? { load: () => void query.fetchNextPage(), loading: query.isFetchingNextPage } : undefined}
              columns={[
                {
                  key: 'person',
                  title: t('person'),
                  main: true,
                  render: (row) => (
                    <div>
                      <Text fw={550}>
                        {row.name || row.email} {row.user_id === me.id && <Text span c="dimmed" fz="sm">({t('you')})</Text>}
                      </Text>
                      {row.name && <Text fz="sm" c="dimmed">{row.email}</Text>}
                    </div>
                  ),
                },
                { key: 'role', title: t('role'), render: (row) => t(`roles.${row.role as Role}`) },
                { key: 'status', title: common('status'), render: (row) => <StatusBadge status={row.status} /> },
                { key: 'joined', title: t('joined'), render: (row) => <Time at={row.joined_at} /> },
                { key: 'seen', title: t('seen'), render: (row) => <Time at={row.last_login_at} /> },
                ...(manages ? [{ key: 'do', title: '', align: 'right' as const, render: (row: Schema<'MemberAnswer'>) => <MemberMenu member={row} onRole={() => change(row)} /> }] : []),
              ]}
            />
          ) : query.isError ? (
            <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
          ) : (
            <TableSkeleton />
          )}
        </Section>
        {manages && invitations}
      </Stack>
      {changing && <RoleDialog key={changing.user_id} member={changing} onClose={() => change(undefined)} />}
    </Page>
  );
}

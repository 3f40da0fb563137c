import { Anchor, Group, Select, Stack, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconMail } from '@tabler/icons-react';
import { infiniteQueryOptions, keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { DataTable, Empty, Page, ProblemAlert, Section, StatusBadge, TableSkeleton, Time } from '../../ui';
import { MailDrawer } from './MailDrawer';
import { states, type MailSearch } from './search';

const mailsQuery = ({ state, to }: MailSearch) =>
  infiniteQueryOptions({
    queryKey: ['mails', { state, to }],
    queryFn: ({ pageParam }) => data(api.GET('/api/v1/mails', { params: { query: { limit: 50, ...(state && { state }), ...(to && { to }), ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: 10_000,
  });

/** What the workspace wrote to people. */
export function MailsPage({ search, onSearch }: { search: MailSearch; onSearch: (search: MailSearch) => void }) {
  const t = useTranslations('settings.mails');
  const query = useInfiniteQuery({ ...mailsQuery(search), placeholderData: keepPreviousData });
  const [typed, type] = useState(search.to ?? '');
  const { mail: open, ...filters } = search;
  const ask = useDebouncedCallback((to: string) => onSearch(to.trim() ? { ...filters, to: to.trim() } : { ...(filters.state && { state: filters.state }) }), 350);
  const rows = query.data?.pages.flatMap((page) => page.data);
  return (
    <Page title={t('title')} description={t('description')}>
      <Section title={t('list')}>
        <Stack>
          <Group align="flex-end">
            <Select
              label={t('state')}
              placeholder={t('anyState')}
              clearable
              data={states.map((value) => ({ value, label: t(`states.${value}`) }))}
              value={search.state ?? null}
              onChange={(value) => onSearch({ ...(filters.to && { to: filters.to }), ...(value && { state: value as MailSearch['state'] }) } as MailSearch)}
            />
            <TextInput
              label={t('toFilter')}
              type="email"
              value={typed}
              onChange={(event) => {
                type(event.currentTarget.value);
                ask(event.currentTarget.value);
              }}
            />
          </Group>
          {rows ? (
            <DataTable
              label={t('list')}
              rows={rows}
              id={(row) => row.id}
              empty={<Empty icon={<IconMail size={36} stroke={1.4} />} title={t('none')} text={search.state || search.to ? t('noneFiltered') : t('noneText')} />}
              more={query.hasNextPage ? { load: () => void query.fetchNextPage(), loading: query.isFetchingNextPage } : undefined}
              columns={[
                {
                  key: 'subject',
                  title: t('subject'),
                  main: true,
                  render: (row) => (
                    <Anchor component="button" type="button" ta="left" aria-label={t('open', { subject: row.subject, to: row.to })} onClick={() => onSearch({ ...filters, mail: row.id })}>
                      {row.subject}
                    </Anchor>
                  ),
                },
                { key: 'to', title: t('to'), render: (row) => row.to },
                { key: 'state', title: t('state'), render: (row) => <StatusBadge status={row.state} label={t(`states.${row.state}`)} /> },
                { key: 'template', title: t('template'), render: (row) => row.template },
                { key: 'written', title: t('written'), render: (row) => <Time at={row.created_at} /> },
              ]}
            />
          ) : query.isError ? (
            <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
          ) : (
            <TableSkeleton />
          )}
        </Stack>
      </Section>
      {open && <MailDrawer id={open} onClose={() => onSearch(filters)} />}
    </Page>
  );
}

import { Text } from '@mantine/core';
import { IconShieldCheck } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { account } from '../../i18n/en/account';
import { DataTable, Empty, Loaded, Section, Time, type Column } from '../../ui';
import { Address, DeviceText } from './DeviceText';
import { eventsQuery } from './queries';

type Event = Schema<'SecurityEvent'>;
type Kind = keyof typeof account.events.kinds;

/** What happened to the account's security. */
export function SecurityEvents() {
  const t = useTranslations('account.events');
  const query = useInfiniteQuery(eventsQuery);
  const columns: ReadonlyArray<Column<Event>> = [
    { key: 'kind', title: t('kind'), main: true, render: ({ kind }) => <Text fz="sm">{kind in account.events.kinds ? t(`kinds.${kind as Kind}`) : kind}</Text> },
    { key: 'when', title: t('when'), render: ({ created_at }) => <Time at={created_at} /> },
    { key: 'from', title: t('from'), render: ({ ip }) => <Address ip={ip} /> },
    { key: 'device', title: t('device'), render: ({ user_agent }) => <DeviceText userAgent={user_agent} /> },
  ];
  return (
    <Section title={t('title')} description={t('text')}>
      <Loaded query={query}>
        {({ pages }) => (
          <DataTable
            label={t('title')}
            rows={pages.flatMap((page) => page.data)}
            columns={columns}
            id={(event) => event.id}
            empty={<Empty icon={<IconShieldCheck size={32} />} title={t('none')} text={t('noneText')} />}
            more={query.hasNextPage ? { load: () => void query.fetchNextPage(), loading: query.isFetchingNextPage } : undefined}
          />
        )}
      </Loaded>
    </Section>
  );
}

import { Text } from '@mantine/core';
import { IconBuildingCommunity } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { Empty, LinkButton, Section, Time } from '../../ui';
import { CardGrid } from './CardGrid';
import { grantedQuery, listingsQuery, type Granted } from './queries';

/** What the workspace may use and not everybody finds: what others have let it in to, and its own workflows. */
export function AvailableView() {
  const t = useTranslations('workflows');
  const granted = useInfiniteQuery(grantedQuery);
  const own = useInfiniteQuery(listingsQuery({ sort: 'recent' }, 'own'));
  const isEmpty = [granted, own].every((query) => query.data?.pages[0]?.data.length === 0);
  if (isEmpty) {
    return (
      <Empty
        icon={<IconBuildingCommunity size={28} />}
        title={t('availableEmpty')}
        text={t('availableEmptyText')}
        action={
          <>
            <LinkButton to="/app/redeem" search={{}} variant="default">
              {t('redeem')}
            </LinkButton>
            <LinkButton to={'/app/developer/deploy' as string}>{t('deployOwn')}</LinkButton>
          </>
        }
      />
    );
  }
  const none = (text: string) => (
    <Text fz="sm" c="dimmed">
      {text}
    </Text>
  );
  return (
    <>
      <Section title={t('granted')} description={t('grantedText')}>
        <CardGrid query={granted} level={3} note={(listing) => <Access granted={listing} />} empty={none(t('grantedNone'))} />
      </Section>
      <Section title={t('own')} description={t('ownText')}>
        <CardGrid query={own} level={3} empty={none(t('ownNone'))} />
      </Section>
    </>
  );
}

/** How access came about, and when it ends if it does. */
function Access({ granted: { via, access_until: until } }: { granted: Granted }) {
  const t = useTranslations('workflows');
  return (
    <>
      {t(`via_${via}`)} {until && t.rich('accessUntil', { at: () => <Time at={until} exact /> })}
    </>
  );
}

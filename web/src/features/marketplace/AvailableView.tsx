import { IconBuildingCommunity } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { Empty, LinkButton } from '../../ui';
import { CardGrid } from './CardGrid';
import { listingsQuery } from './queries';

/** What the workspace may use and not everybody finds: its own workflows, and what others have let it in to. */
export function AvailableView() {
  const t = useTranslations('workflows');
  const query = useInfiniteQuery(listingsQuery({ sort: 'recent' }, 'mine'));
  return (
    <CardGrid
      query={query}
      keep={(listing) => listing.mine || listing.visibility !== 'public'}
      empty={
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
      }
    />
  );
}

import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { Loaded, Missing, Page, PageSkeleton } from '../../ui';
import { isProblem } from '../../api/problem';
import { useMe } from '../identity/useMe';
import { Denied } from './Denied';
import { DetailPage } from './DetailPage';
import { accessQuery } from './queries';

/**
 * The page that a developer gives to customers. A private workflow is nothing to those without access everywhere else; here it
 * says that it is there, why it does not open, and how to get in.
 */
export function PrivatePage({ id }: { id: string }) {
  const t = useTranslations('workflows');
  const { me } = useMe();
  const query = useQuery(accessQuery(id));
  if (isProblem(query.error) && query.error.status === 404) return <Missing />;
  return (
    <Loaded query={query} skeleton={<PageSkeleton />}>
      {(access) =>
        access.has_access ? (
          <DetailPage id={id} />
        ) : (
          <Page title={t('privateTitle')} description={t('privateText')} narrow>
            <Denied id={id} access={access} email={me.email ?? undefined} onOpen={() => void query.refetch()} />
          </Page>
        )
      }
    </Loaded>
  );
}

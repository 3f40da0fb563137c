import { useTranslations } from 'use-intl';

import { Page } from '../../ui';

export function ProfilePage() {
  const t = useTranslations('account');
  return <Page title={t('title')}>{null}</Page>;
}

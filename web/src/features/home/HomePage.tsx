import { useTranslations } from 'use-intl';

import { Page } from '../../ui';

export function HomePage() {
  const t = useTranslations('home');
  return <Page title={t('title')}>{null}</Page>;
}

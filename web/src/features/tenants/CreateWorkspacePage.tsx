import { useTranslations } from 'use-intl';

export function CreateWorkspacePage() {
  const t = useTranslations('auth');
  return <h1>{t('title')}</h1>;
}

import { useTranslations } from 'use-intl';

export function SignInPage() {
  const t = useTranslations('auth');
  return <h1>{t('title')}</h1>;
}

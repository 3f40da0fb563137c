import { useTranslations } from 'use-intl';

import { useFormat } from '../../ui';
import { priceKind } from './listing';
import type { Listing } from './queries';

/** What a workflow costs, in three words. */
export function Price({ pricing }: { pricing: Listing['pricing'] }) {
  const t = useTranslations('workflows');
  const format = useFormat();
  const amount = format.money(pricing.amount_cents, pricing.currency);
  switch (priceKind(pricing)) {
    case 'free':
      return <>{pricing.model === 'freemium' ? t('freemium') : t('free')}</>;
    case 'usage':
      return <>{t('usage')}</>;
    case 'monthly':
      return <>{pricing.model === 'freemium' ? t('freemiumMonthly', { amount }) : t('monthly', { amount })}</>;
    case 'once':
      return <>{t('once', { amount })}</>;
    default:
      return <>{amount}</>;
  }
}

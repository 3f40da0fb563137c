import { Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import { Page } from '../../ui';
import { useMe } from '../identity/useMe';
import { SpendCap } from './SpendCap';
import { UsageByWorkflow } from './UsageByWorkflow';

/** What it costs, where it stops, and how much of the limits is used. */
export function BillingPage({ quotas }: { quotas: ReactNode }) {
  const t = useTranslations('settings.billing');
  const { role, manages } = useMe();
  return (
    <Page title={t('title')} description={role === 'billing' ? t('usageRole') : t('description')}>
      <Stack gap="lg">
        {(manages || role === 'billing') && <SpendCap />}
        {manages && <UsageByWorkflow />}
        {quotas}
      </Stack>
    </Page>
  );
}

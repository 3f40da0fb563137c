import { Box, Tabs } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import { Page, TabRow } from '../../ui';

type Tab = 'profile' | 'security' | 'sessions';
const tabs: readonly Tab[] = ['profile', 'security', 'sessions'];

/** The frame of the three pages of one's own account. */
export function AccountPage({ tab, children }: { tab: Tab; children: ReactNode }) {
  const t = useTranslations('account');
  const navigate = useNavigate();
  return (
    <Page title={t('title')} narrow>
      <Tabs value={tab} onChange={(to) => to && void navigate({ to: `/app/account/${to as Tab}` })} keepMounted={false}>
        <TabRow aria-label={t('tabs.label')}>
          {tabs.map((each) => (
            <Tabs.Tab key={each} value={each}>
              {t(`tabs.${each}`)}
            </Tabs.Tab>
          ))}
        </TabRow>
        <Tabs.Panel value={tab}>
          <Box pt="lg">{children}</Box>
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

import { Tabs } from '@mantine/core';
import { useTranslations } from 'use-intl';

import { Empty, Page, TabRow } from '../../ui';
import { useMe } from '../identity/useMe';
import { Overview } from './Overview';
import { OwnSupport } from './OwnSupport';
import { People } from './People';
import { Review } from './Review';
import { Workspaces } from './Workspaces';
import { tabs, type Tab } from './tabs';

/** Where the staff of the installation look after it. */
export function SystemPage({ tab, onTab }: { tab: Tab; onTab: (tab: Tab) => void }) {
  const t = useTranslations('system');
  const { staff } = useMe();
  return (
    <Page title={t('title')} description={t('description')}>
      {staff ? (
        <Tabs value={tab} onChange={(value) => onTab(tabs.find((each) => each === value) ?? 'overview')} keepMounted={false}>
          <TabRow mb="lg">
            {tabs.map((each) => (
              <Tabs.Tab key={each} value={each}>
                {t(`tabs.${each}`)}
              </Tabs.Tab>
            ))}
          </TabRow>
          <Tabs.Panel value="overview">
            <Overview />
          </Tabs.Panel>
          <Tabs.Panel value="workspaces">
            <Workspaces />
          </Tabs.Panel>
          <Tabs.Panel value="people">
            <People />
          </Tabs.Panel>
          <Tabs.Panel value="review">
            <Review />
          </Tabs.Panel>
          <Tabs.Panel value="support">
            <OwnSupport />
          </Tabs.Panel>
        </Tabs>
      ) : (
        <Empty title={t('staffOnly')} text={t('staffOnlyText')} />
      )}
    </Page>
  );
}

import { Stack, Tabs } from '@mantine/core';
import { IconBuildingCommunity, IconPlayerPlay, IconShoppingBag } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import { LinkButton, Page, TabRow } from '../../ui';
import { AvailableView } from './AvailableView';
import { MarketplaceView, type MarketplaceSearch } from './MarketplaceView';
import type { View } from './views';


interface WorkflowsPageProps {
  view: View;
  onView: (view: View) => void;
  search: MarketplaceSearch;
  onSearch: (change: Partial<MarketplaceSearch>) => void;
  installed: ReactNode;
}

/** Every workflow that matters to the workspace on one page: at work, open to it, open to everybody. */
export function WorkflowsPage({ view, onView, search, onSearch, installed }: WorkflowsPageProps) {
  const t = useTranslations('workflows');
  return (
    <Page
      title={t('title')}
      description={t('intro')}
      actions={
        <LinkButton to="/app/redeem" search={{}} variant="default">
          {t('redeem')}
        </LinkButton>
      }
    >
      <Tabs value={view} onChange={(next) => onView((next as View | null) ?? 'installed')} keepMounted={false}>
        <TabRow mb="lg">
          <Tabs.Tab value="installed" leftSection={<IconPlayerPlay size={16} aria-hidden />}>
            {t('viewInstalled')}
          </Tabs.Tab>
          <Tabs.Tab value="available" leftSection={<IconBuildingCommunity size={16} aria-hidden />}>
            {t('viewAvailable')}
          </Tabs.Tab>
          <Tabs.Tab value="marketplace" leftSection={<IconShoppingBag size={16} aria-hidden />}>
            {t('viewMarketplace')}
          </Tabs.Tab>
        </TabRow>
        <Tabs.Panel value="installed">{installed}</Tabs.Panel>
        <Tabs.Panel value="available">
          <Stack gap="md">
            <AvailableView />
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="marketplace">
          <Stack gap="md">
            <MarketplaceView search={search} onSearch={onSearch} />
          </Stack>
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

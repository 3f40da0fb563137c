import { Button, Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import { LinkButton, Page, TabRow } from '../../ui';
import { ExportMenu } from './ExportMenu';
import { Filters } from './Filters';
import { FiguresView } from './FiguresView';
import { choicesQuery, figuresQuery } from './queries';
import type { Search } from './search';

interface AnalyticsPageProps {
  id: string;
  search: Search;
  onSearch: (search: Search) => void;
  /** The rules about the workflow, which another feature draws. */
  alerts: (all: boolean) => ReactNode;
}

/** What the runs of one workflow came to. */
export function AnalyticsPage({ id, search, onSearch, alerts }: AnalyticsPageProps) {
  const t = useTranslations('analytics');
  const { data: choices } = useQuery(choicesQuery);
  const choice = choices?.find((each) => each.id === id);
  const { data } = useQuery({ ...figuresQuery(id, search), enabled: search.tab !== 'alerts' });
  const own = choice?.own ?? false;
  const dashboard = data?.figures.dashboard_url;
  return (
    <Page
      title={choice?.name ?? t('title')}
      description={t('description')}
      trail={[{ label: t('title'), href: '/app/analytics' }]}
      actions={
        <>
          {dashboard && /^https?:\/\//.test(dashboard) && (
            <Button component="a" variant="default" href={dashboard} target="_blank" rel="noopener noreferrer">
              {t('openDashboard')}
            </Button>
          )}
          <LinkButton variant="default" to={`/app/workflows/${id}` as string}>{t('openWorkflow')}</LinkButton>
          {search.tab !== 'alerts' && <ExportMenu id={id} search={search} />}
        </>
      }
    >
      <Tabs value={search.tab ?? 'figures'} onChange={(tab) => onSearch({ ...search, tab: tab === 'alerts' ? 'alerts' : undefined })} keepMounted={false}>
        <TabRow aria-label={t('tabs')} mb="lg">
          <Tabs.Tab value="figures">{t('figures')}</Tabs.Tab>
          <Tabs.Tab value="alerts">{t('alertsTab')}</Tabs.Tab>
        </TabRow>
        <Tabs.Panel value="figures">
          <Filters id={id} own={own} search={search} onSearch={onSearch} organizations={data?.figures.usage.map((each) => each.organization_id) ?? []} />
          <FiguresView id={id} search={search} />
        </Tabs.Panel>
        <Tabs.Panel value="alerts">{alerts(own)}</Tabs.Panel>
      </Tabs>
    </Page>
  );
}

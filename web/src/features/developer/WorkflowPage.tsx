import { Group, Tabs } from '@mantine/core';
import { IconChartBar, IconRocket } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';
import type { ReactNode } from 'react';

import { Empty, LinkButton, Loaded, Page, PageSkeleton, TabRow } from '../../ui';
import { useMe } from '../identity/useMe';
import { StateBadge, VisibilityMark } from './ListingBadges';
import { OverviewTab } from './OverviewTab';
import { listingQuery, versionsQuery, type Listing, type OwnVersion } from './queries';
import { tabs, type TabName } from './tabs';
import { VersionsTab } from './VersionsTab';

/** A workflow of one's own with its versions, newest first. */
export interface OwnWorkflow {
  listing: Listing;
  versions: readonly OwnVersion[];
}

interface WorkflowPageProps {
  id: string;
  tab: TabName;
  /** The version looked at, and the one that it is compared with. */
  v: string | undefined;
  compared: string | undefined;
  go: (to: { tab?: TabName; v?: string | undefined; with?: string | undefined }) => void;
  /** What other slices show of it. A tab without one is left out. */
  parts: Partial<Record<TabName, (workflow: OwnWorkflow) => ReactNode>>;
}

/** Everything that a developer does with one workflow. */
export function WorkflowPage({ id, tab, v, compared, go, parts }: WorkflowPageProps) {
  const listing = useQuery(listingQuery(id));
  return (
    <Loaded query={listing} skeleton={<PageSkeleton />}>
      {(found) => (found.mine ? <Own listing={found} {...{ id, tab, v, compared, go, parts }} /> : <Others />)}
    </Loaded>
  );
}

function Others() {
  const t = useTranslations('developer.listing');
  return (
    <Page title={t('notHere')}>
      <Empty title={t('notHere')} text={t('notHereText')} />
    </Page>
  );
}

function Own({ listing, tab, v, compared, go, parts }: WorkflowPageProps & { listing: Listing }) {
  const t = useTranslations('developer.listing');
  const list = useTranslations('developer.list');
  const { edits } = useMe();
  const versions = useQuery(versionsQuery(listing.id));
  const shown: WorkflowPageProps['parts'] = {
    overview: (workflow) => <OverviewTab {...workflow} />,
    versions: (workflow) => <VersionsTab {...workflow} v={v} compared={compared} go={go} />,
    ...parts,
  };
  return (
    <Page
      title={listing.name || listing.slug}
      trail={[{ label: list('title'), href: '/app/developer' }]}
      badge={
        <Group gap="sm" fz="sm">
          <StateBadge state={listing.status} />
          <VisibilityMark visibility={listing.visibility} />
        </Group>
      }
      description={listing.tagline || undefined}
      actions={
        <>
          <LinkButton to={`/app/analytics/${listing.id}` as string} variant="default" leftSection={<IconChartBar size={16} aria-hidden />}>
            {t('analytics')}
          </LinkButton>
          {edits && (
            <LinkButton to="/app/developer/deploy" search={{ workflow: listing.id }} variant="default" leftSection={<IconRocket size={16} aria-hidden />}>
              {t('deployNew')}
            </LinkButton>
          )}
        </>
      }
    >
      <Tabs value={tab} onChange={(to) => to && go({ tab: to as TabName })} keepMounted={false}>
        <TabRow mb="lg">
          {tabs.filter((name) => shown[name]).map((name) => (
            <Tabs.Tab key={name} value={name}>
              {t(`tabs.${name}`)}
            </Tabs.Tab>
          ))}
        </TabRow>
        {tabs.map((name) => {
          const part = shown[name];
          return (
            part && (
              <Tabs.Panel key={name} value={name}>
                <Loaded query={versions}>{({ data }) => part({ listing, versions: data })}</Loaded>
              </Tabs.Panel>
            )
          );
        })}
      </Tabs>
    </Page>
  );
}

import { Button, Tabs } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import { Loaded, Page, PageSkeleton, StatusBadge, TabRow, TextLink } from '../../ui';
import { useMe } from '../identity/useMe';
import type { Asking } from './answers';
import { ConfigurationTab } from './ConfigurationTab';
import { ConnectionsTab } from './ConnectionsTab';
import { OverviewTab } from './OverviewTab';
import { installationQuery, type Installation } from './queries';
import { RunNow } from './RunNow';
import { SettingsTab } from './SettingsTab';
import { StorageTab } from './StorageTab';
import { tabs, type Tab } from './tabs';
import { TriggersTab } from './TriggersTab';
import { VersionsTab } from './VersionsTab';

interface InstallationPageProps {
  id: string;
  tab: Tab;
  onTab: (tab: Tab) => void;
  /** What a provider's consent ended with, from the address that it led back to. */
  came: { connection?: string | undefined; error?: string | undefined };
  /** The form of the inputs, which another feature draws. */
  form?: ((installation: Installation) => ReactNode) | undefined;
  /** How inputs of another version are asked for before it is taken. */
  asking: Asking;
}

/** An installation: what it does, what starts it, what it has, what can be done with it. */
export function InstallationPage({ id, ...rest }: InstallationPageProps) {
  const query = useQuery(installationQuery(id));
  return (
    <Loaded query={query} skeleton={<PageSkeleton />}>
      {(installation) => <Known installation={installation} {...rest} />}
    </Loaded>
  );
}

function Known({ installation, tab, onTab, came, form, asking }: Omit<InstallationPageProps, 'id'> & { installation: Installation }) {
  const t = useTranslations('installation');
  const { edits } = useMe();
  const [runs, setRuns] = useState(false);
  const panels: Record<Tab, () => ReactNode> = {
    overview: () => <OverviewTab installation={installation} onTab={onTab} />,
    triggers: () => <TriggersTab installation={installation} />,
    configuration: () => <ConfigurationTab installation={installation} form={form} />,
    connections: () => <ConnectionsTab installation={installation} came={came} />,
    versions: () => <VersionsTab installation={installation} asking={asking} />,
    storage: () => <StorageTab installation={installation} />,
    settings: () => <SettingsTab installation={installation} />,
  };
  return (
    <Page
      title={installation.name}
      trail={[{ label: t('trail'), href: '/app/workflows' }]}
      badge={<StatusBadge status={installation.status} label={t(`status_${installation.status}`)} />}
      description={
        <TextLink to={`/app/workflows/${installation.workflow_id}` as string} c="dimmed" underline="always">
          {t('workflowVersion', { workflow: installation.workflow, version: installation.version })}
        </TextLink>
      }
      actions={
        edits && (
          <Button leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={() => setRuns(true)} disabled={installation.status !== 'active'} title={installation.status === 'active' ? undefined : t('needsActive')}>
            {t('runNow')}
          </Button>
        )
      }
    >
      <Tabs value={tab} onChange={(value) => onTab((value ?? 'overview') as Tab)} keepMounted={false}>
        <TabRow aria-label={t('tabs')} mb="lg">
          {tabs.map((each) => (
            <Tabs.Tab key={each} value={each}>
              {t(each)}
            </Tabs.Tab>
          ))}
        </TabRow>
        {tabs.map((each) => (
          <Tabs.Panel key={each} value={each}>
            {each === tab && panels[each]()}
          </Tabs.Panel>
        ))}
      </Tabs>
      {runs && <RunNow installation={installation} onClose={() => setRuns(false)} />}
    </Page>
  );
}

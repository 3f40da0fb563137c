import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import { CopyIcon, Facts, Loaded, Page, Section, Time } from '../../ui';
import { useMe } from '../identity/useMe';
import { DangerZone } from './DangerZone';
import { workspaceQuery } from './queries';
import { WorkspaceForms } from './WorkspaceForms';

/** The workspace: name, clock, rules, who looks in, the way out. */
export function WorkspacePage({ support }: { support: ReactNode }) {
  const t = useTranslations('settings.workspace');
  const { manages } = useMe();
  const query = useQuery(workspaceQuery);
  return (
    <Page title={t('title')} description={manages ? t('description') : t('readOnly')} narrow>
      <Loaded query={query}>
        {(settings) => (
          <Stack gap="lg">
            <Section title={settings.workspace_name}>
              <Facts
                items={[
                  [t('id'), <>{settings.tenant_id} <CopyIcon value={settings.tenant_id} label={t('id')} /></>],
                  [t('url'), settings.workspace_url],
                  [t('created'), <Time key="since" at={settings.created_at} exact />],
                  ...(manages ? [] : ([[t('timezone'), settings.timezone], [t('currency'), settings.currency]] as Array<[string, ReactNode]>)),
                ]}
              />
            </Section>
            {manages && <WorkspaceForms key={settings.tenant_id} settings={settings} />}
            {manages && support}
            <DangerZone />
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

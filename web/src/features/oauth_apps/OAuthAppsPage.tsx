import { Button, Stack } from '@mantine/core';
import { IconApi } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { Empty, Loaded, Page, TableSkeleton } from '../../ui';
import { useMe } from '../identity/useMe';
import { AppCard } from './AppCard';
import { AppDialog } from './AppDialog';
import type { Back } from './back';
import { CameBack } from './CameBack';
import { appsQuery, type OAuthApp } from './queries';

/** Apps that the workspace has registered with providers. */
export function OAuthAppsPage({ back, onSeen }: { back: Back; onSeen: () => void }) {
  const t = useTranslations('developer.oauthApps');
  const { edits } = useMe();
  const query = useQuery(appsQuery);
  const [asked, ask] = useState<OAuthApp | 'new'>();
  const add = edits && <Button onClick={() => ask('new')}>{t('add')}</Button>;
  return (
    <Page title={t('title')} description={t('description')} actions={add}>
      <Loaded query={query} skeleton={<TableSkeleton rows={2} height={180} />}>
        {({ data: apps }) => (
          <Stack gap="lg">
            <CameBack back={back} apps={apps} onSeen={onSeen} />
            {apps.length === 0 && <Empty icon={<IconApi size={40} />} title={t('emptyTitle')} text={t('emptyText')} />}
            {apps.map((app) => (
              <AppCard key={app.id} app={app} onChange={() => ask(app)} />
            ))}
          </Stack>
        )}
      </Loaded>
      <AppDialog app={asked} onClose={() => ask(undefined)} />
    </Page>
  );
}

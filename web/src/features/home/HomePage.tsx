import { Stack } from '@mantine/core';
import { IconPlus, IconRocket, IconUserPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { Empty, LinkButton, Page } from '../../ui';
import { useMe } from '../identity/useMe';
import { GettingStarted } from './GettingStarted';
import { NeedsMe } from './NeedsMe';
import { anyRunQuery, homeInstallationsQuery, homeMembersQuery } from './queries';
import { WhatRan } from './WhatRan';

/** What needs the person, and what ran. */
export function HomePage() {
  const t = useTranslations('home');
  const { workspace, role, edits, manages } = useMe();
  return (
    <Page
      title={t('title')}
      description={t('greeting', { workspace: workspace.workspace_name })}
      actions={
        <>
          {manages && (
            <LinkButton to={'/app/settings/members' as string} search={{ invite: true } as never} variant="default" leftSection={<IconUserPlus size={16} aria-hidden />}>
              {t('invite')}
            </LinkButton>
          )}
          {edits && (
            <>
              <LinkButton to={'/app/developer/deploy' as string} variant="default" leftSection={<IconRocket size={16} aria-hidden />}>
                {t('deploy')}
              </LinkButton>
              <LinkButton to={'/app/workflows' as string} leftSection={<IconPlus size={16} aria-hidden />}>
                {t('install')}
              </LinkButton>
            </>
          )}
        </>
      }
    >
      {role === 'billing' ? (
        <Empty title={t('billing.title')} text={t('billing.text')} action={<LinkButton to={'/app/settings/billing' as string}>{t('billing.go')}</LinkButton>} />
      ) : (
        <Work />
      )}
    </Page>
  );
}

function Work() {
  const { edits } = useMe();
  const installations = useQuery(homeInstallationsQuery).data?.data;
  const anything = useQuery(anyRunQuery).data?.data;
  const members = useQuery(homeMembersQuery).data?.data;
  const fresh = edits && installations !== undefined && anything?.length === 0;
  if (fresh) return <GettingStarted installation={installations.find((each) => each.status === 'installed')} team={(members?.length ?? 0) > 1} />;
  return (
    <Stack gap="lg">
      <NeedsMe />
      <WhatRan />
    </Stack>
  );
}

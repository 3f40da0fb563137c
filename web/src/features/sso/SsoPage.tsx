import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { Loaded, Page, TextLink } from '../../ui';
import { Domains } from './Domains';
import { ProviderForm } from './ProviderForm';
import { ssoQuery } from './queries';

/** The workspace's own provider and its domains. */
export function SsoPage() {
  const t = useTranslations('settings.sso');
  const query = useQuery(ssoQuery);
  return (
    <Page title={t('title')} description={<>{t('description')} <TextLink to="/app/settings/workspace">{t('toRules')}</TextLink></>} narrow>
      <Stack gap="lg">
        <Loaded query={query}>{(provider) => <ProviderForm key={provider?.id ?? 'new'} provider={provider} />}</Loaded>
        <Domains />
      </Stack>
    </Page>
  );
}

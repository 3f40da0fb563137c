import { Button, Group, Select, Stack, TagsInput, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { LinkButton, ProblemAlert, useDo } from '../../ui';
import { HERE } from './deeds';
import type { Connector } from './ways';

/** Sends the browser to the service's page of consent; it comes back to the list. */
export function OauthForm({ connector, onDone }: { connector: Connector; onDone: () => void }) {
  const t = useTranslations('connections');
  const [chosen, setSource] = useState<string>();
  const source = chosen ?? connector.apps[0];
  // A developer's app, to whoever connects in no workflow's name, is their own workspace's.
  const word = (app: string) => t(app === 'system' ? 'source_system' : 'source_organization');
  const [scopes, setScopes] = useState<string[]>([]);
  const begin = useDo({
    work: () => data(api.GET('/api/oauth/{provider}/authorize', { params: { path: { provider: connector.service }, query: { ...(source && { source }), return_to: HERE, ...(scopes.length > 0 && { scopes: scopes.join(' ') }) } } })),
    renews: [['connections']],
    quiet: true,
    done: (answer) => {
      if (answer.authorize_url) location.assign(answer.authorize_url);
      else onDone();
    },
  });
  if (!source) {
    return (
      <Stack gap="md" align="flex-start">
        <Text fz="sm">{t('noApp', { service: connector.title })}</Text>
        <LinkButton to="/app/developer/oauth-apps" variant="default">{t('registerApp')}</LinkButton>
      </Stack>
    );
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        begin.mutate();
      }}
    >
      <Stack gap="md">
        <Text fz="sm">{t('withOauthText', { service: connector.title })}</Text>
        {connector.apps.length > 1 ? (
          <Select label={t('source')} allowDeselect={false} value={source} onChange={(value) => setSource(value ?? undefined)} data={connector.apps.map((app) => ({ value: app, label: word(app) }))} />
        ) : (
          <Text fz="sm">{t('sourceOnly', { source: word(source) })}</Text>
        )}
        <TagsInput label={t('askedScopes')} description={t('askedScopesText')} value={scopes} onChange={setScopes} splitChars={[',', ' ']} />
        <ProblemAlert error={begin.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={begin.isPending || begin.data?.authorize_url !== undefined}>{t('goOn', { service: connector.title })}</Button>
        </Group>
      </Stack>
    </form>
  );
}

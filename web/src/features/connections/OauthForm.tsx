import { Button, Group, Select, Stack, TagsInput, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { ProblemAlert, useDo } from '../../ui';
import { HERE } from './deeds';
import type { Connector } from './ways';

/** Sends the browser to the service's page of consent; it comes back to the list. */
export function OauthForm({ connector, onDone }: { connector: Connector; onDone: () => void }) {
  const t = useTranslations('connections');
  const [source, setSource] = useState('system');
  const [scopes, setScopes] = useState<string[]>([]);
  const begin = useDo({
    work: () => data(api.GET('/api/oauth/{provider}/authorize', { params: { path: { provider: connector.service }, query: { source, return_to: HERE, ...(scopes.length > 0 && { scopes: scopes.join(' ') }) } } })),
    renews: [['connections']],
    quiet: true,
    done: (answer) => {
      if (answer.authorize_url) location.assign(answer.authorize_url);
      else onDone();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        begin.mutate();
      }}
    >
      <Stack gap="md">
        <Text fz="sm">{t('withOauthText', { service: connector.title })}</Text>
        <Select label={t('source')} allowDeselect={false} value={source} onChange={(value) => setSource(value ?? 'system')} data={[{ value: 'system', label: t('source_system') }, { value: 'developer', label: t('source_organization') }]} />
        <TagsInput label={t('askedScopes')} description={t('askedScopesText')} value={scopes} onChange={setScopes} splitChars={[',', ' ']} />
        <ProblemAlert error={begin.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={begin.isPending || begin.data?.authorize_url !== undefined}>{t('goOn', { service: connector.title })}</Button>
        </Group>
      </Stack>
    </form>
  );
}

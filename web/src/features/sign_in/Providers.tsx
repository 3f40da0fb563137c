import { Button, Collapse, Group, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconBuilding } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { rememberWay } from '../identity/comeBack';
import { ProblemAlert } from '../../ui';
import { providersQuery } from './queries';

/** Single sign-on: the installation's own provider, and that of a workspace by its short name. */
export function Providers({ intent, to }: { intent: 'login' | 'signup'; to: string | undefined }) {
  const t = useTranslations('auth.signIn');
  const [opened, asked] = useDisclosure();
  const providers = useQuery(providersQuery()).data?.data ?? [];
  return (
    <Stack gap="xs">
      {providers.map((provider) => (
        <ProviderButton key={provider.provider} provider={provider} intent={intent} to={to} />
      ))}
      {!opened && (
        <Button variant="default" leftSection={<IconBuilding size={18} aria-hidden />} onClick={asked.open}>
          {t('organisation')}
        </Button>
      )}
      <Collapse expanded={opened}>{opened && <Organisation intent={intent} to={to} known={providers} />}</Collapse>
    </Stack>
  );
}

function ProviderButton({ provider, intent, to }: { provider: Schema<'ProviderEntry'>; intent: string; to: string | undefined }) {
  const t = useTranslations('auth.signIn');
  return (
    <Button component="a" href={`${provider.login_url}?intent=${intent}`} onClick={() => rememberWay(to)} variant="default" leftSection={<IconBuilding size={18} aria-hidden />}>
      {t('with', { name: provider.name })}
    </Button>
  );
}

/** Finds the provider of a workspace. */
function Organisation({ intent, to, known }: { intent: string; to: string | undefined; known: ReadonlyArray<Schema<'ProviderEntry'>> }) {
  const t = useTranslations('auth.signIn');
  const [typed, setTyped] = useState('');
  const [slug, setSlug] = useState('');
  const found = useQuery({ ...providersQuery(slug), enabled: slug !== '' });
  const own = found.data?.data.filter((each) => !known.some((one) => one.provider === each.provider));
  const find = (event: FormEvent) => {
    event.preventDefault();
    setSlug(typed.trim().toLowerCase());
  };
  return (
    <Stack gap="xs" component="form" onSubmit={find}>
      <Group align="flex-end" gap="xs" wrap="nowrap">
        <TextInput flex={1} label={t('slug')} description={t('slugHelp')} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} autoFocus required withAsterisk={false} autoCapitalize="none" spellCheck={false} />
        <Button type="submit" variant="default" loading={found.isFetching}>
          {t('find')}
        </Button>
      </Group>
      {own?.map((provider) => <ProviderButton key={provider.provider} provider={provider} intent={intent} to={to} />)}
      {own?.length === 0 && (
        <Text fz="sm" role="status">
          {t('noProvider')}
        </Text>
      )}
      <ProblemAlert error={found.error} />
    </Stack>
  );
}

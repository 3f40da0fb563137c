import { Alert, Button, Card, Code, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconCircleCheck, IconDevices } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { Facts, LinkButton, Loaded, Page, TableSkeleton, Time } from '../../ui';
import type { Schema } from '../../api/types';
import { DoorProblem } from '../identity/DoorProblem';
import { useMe } from '../identity/useMe';
import { useWait } from '../identity/wait';
import { deviceQuery } from './queries';
import { isWholeCode, tidyCode } from './userCode';

/** A terminal, or another program without a browser, asks to act as the person: they look at it and decide. */
export function DevicePage({ code }: { code: string }) {
  const t = useTranslations('auth.device');
  const look = useQuery({ ...deviceQuery(code), enabled: isWholeCode(code) });
  return (
    <Page title={t('title')} narrow>
      {!isWholeCode(code) || look.error ? <Enter code={code} error={look.error} /> : <Loaded query={look} skeleton={<TableSkeleton rows={4} />}>{(asks) => <Decide asks={asks} />}</Loaded>}
    </Page>
  );
}

function Enter({ code, error }: { code: string; error: unknown }) {
  const t = useTranslations('auth.device');
  const navigate = useNavigate();
  const [typed, setTyped] = useState(code);
  const left = useWait(error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void navigate({ to: '/app/device', search: { user_code: typed } });
  };
  return (
    <Card withBorder padding="lg" maw={440}>
      <Stack component="form" onSubmit={submit}>
        <Text>{t('codeText')}</Text>
        <DoorProblem error={error} left={left} />
        <TextInput
          label={t('code')}
          placeholder="XXXX-XXXX"
          value={typed}
          onChange={(event) => setTyped(tidyCode(event.currentTarget.value))}
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          autoFocus
          size="md"
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', letterSpacing: '0.1em' } }}
          required
          withAsterisk={false}
        />
        <Button type="submit" disabled={!isWholeCode(typed) || left > 0 || (typed === code && error !== null)}>
          {t('look')}
        </Button>
      </Stack>
    </Card>
  );
}

function Decide({ asks }: { asks: Schema<'PendingAnswer'> }) {
  const t = useTranslations('auth.device');
  const { me } = useMe();
  const decide = useMutation({ mutationFn: (approve: boolean) => data(api.POST('/api/v1/auth/device/approve', { body: { user_code: asks.user_code, approve } })) });
  const left = useWait(decide.error);
  if (decide.isSuccess) {
    const approved = decide.data.status === 'approved';
    return (
      <Alert color={approved ? 'teal' : 'gray'} variant="light" icon={<IconCircleCheck size={20} aria-hidden />} title={t(approved ? 'approved' : 'denied')} role="status">
        <Stack gap="sm" align="flex-start">
          <Text fz="sm">{t(approved ? 'approvedText' : 'deniedText')}</Text>
          <LinkButton to="/app/account/sessions" variant="default" size="xs">
            {t('sessions')}
          </LinkButton>
        </Stack>
      </Alert>
    );
  }
  return (
    <Card withBorder padding="lg" component="section">
      <Stack>
        <Group gap="sm" wrap="nowrap" align="flex-start">
          <IconDevices size={28} aria-hidden style={{ flex: 'none' }} />
          <div style={{ minWidth: 0 }}>
            <Text fw={600} fz="lg" component="h2" m={0} style={{ overflowWrap: 'anywhere' }}>
              {t('question', { client: asks.client_name })}
            </Text>
            <Text mt={4}>{t('asks', { code: asks.user_code })}</Text>
          </div>
        </Group>
        <Code block fz="xl" ta="center">
          {asks.user_code}
        </Code>
        <Facts
          cols={2}
          items={[
            [t('calls'), asks.client_name],
            [t('you'), me.email],
            [t('from'), asks.ip ?? t('unknown')],
            [t('program'), asks.user_agent ?? t('unknown')],
            [t('asked'), <Time key="at" at={asks.created_at} />],
          ]}
        />
        <Text fz="sm" c="dimmed">
          {t('unproved')}
        </Text>
        <DoorProblem error={decide.error} left={left} />
        <Group>
          <Button onClick={() => decide.mutate(true)} loading={decide.isPending && decide.variables} disabled={decide.isPending || left > 0}>
            {t('approve')}
          </Button>
          <Button variant="default" onClick={() => decide.mutate(false)} loading={decide.isPending && !decide.variables} disabled={decide.isPending || left > 0}>
            {t('deny')}
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}

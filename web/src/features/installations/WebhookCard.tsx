import { Alert, Button, Card, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconSend } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { CopyField, CopyIcon, StatusBadge } from '../../ui';
import { useChange, useEdits } from './deeds';
import type { Installation } from './queries';
import { TestEvent } from './TestEvent';

type Webhook = Schema<'WebhookAnswer'>;

/** An address for a provider, the secret that its deliveries are signed with, and a way to try it. */
export function WebhookCard({ installation, webhook }: { installation: Installation; webhook: Webhook }) {
  const t = useTranslations('installation');
  const edits = useEdits(installation);
  const [tests, setTests] = useState(false);
  const title = webhook.service ? t('webhookOf', { service: webhook.service }) : webhook.path ? t('webhookAt', { path: webhook.path }) : t('webhookPlain');
  return (
    <Card withBorder padding="md">
      <Stack gap="sm">
        <Group justify="space-between">
          <Group gap="xs">
            <Text component="h3" fw={600} m={0} fz="md">{title}</Text>
            <StatusBadge status={webhook.active ? 'active' : 'idle'} label={webhook.active ? t('on') : t('off')} />
          </Group>
          {edits && (
            <Button size="xs" variant="default" leftSection={<IconSend size={14} aria-hidden />} onClick={() => setTests(true)} disabled={installation.status !== 'active'}>
              {t('sendTest')}
            </Button>
          )}
        </Group>
        <CopyField label={t('address')} value={webhook.url} />
        <Text fz="sm">
          <Text span c="dimmed" fz="sm">{t('events')}: </Text>
          {webhook.events.length > 0 ? webhook.events.join(', ') : t('allEvents')}
        </Text>
        {webhook.unverified ? (
          <Alert color="yellow" variant="light" icon={<IconAlertTriangle size={18} aria-hidden />}>{t('unverified')}</Alert>
        ) : (
          <Secret installation={installation} webhook={webhook} />
        )}
      </Stack>
      {tests && <TestEvent installation={installation} webhook={webhook} title={title} onClose={() => setTests(false)} />}
    </Card>
  );
}

function Secret({ installation, webhook }: { installation: Installation; webhook: Webhook }) {
  const t = useTranslations('installation');
  const common = useTranslations('common');
  const edits = useEdits(installation);
  const [changes, setChanges] = useState(false);
  const [value, setValue] = useState('');
  /** What was typed is a secret: it does not wait for the next time. */
  const close = () => {
    setChanges(false);
    setValue('');
  };
  const change = useChange(installation.id, t('secretSet'));
  const set = (secret: string) => change.mutate({ webhook_secrets: { [webhook.trigger_id]: secret } }, { onSuccess: close });
  const secret = webhook.signing_secret;
  const isMasked = secret?.includes('•') ?? false;
  return (
    <Stack gap="xs">
      {secret && !isMasked && (
        <PasswordInput label={t('signingSecret')} description={webhook.secret_source ? t(`secret_${webhook.secret_source}`) : undefined} value={secret} readOnly visibilityToggleButtonProps={{ 'aria-label': common('show') }} leftSection={<CopyIcon value={secret} label={t('signingSecret')} />} />
      )}
      {(!secret || isMasked) && (
        <Text fz="sm">
          <Text span c="dimmed" fz="sm">{t('signingSecret')}: </Text>
          {secret ? `${secret} ` : t('noSecret')}
          {secret && webhook.secret_source && t(`secret_${webhook.secret_source}`)}
        </Text>
      )}
      {webhook.pending_secret && (
        <Alert color="yellow" variant="light">
          <Stack gap="xs" align="flex-start">
            <Text fz="sm" style={{ overflowWrap: 'anywhere' }}>{t('pendingSecret', { secret: webhook.pending_secret })}</Text>
            {edits && (
              <Button size="xs" loading={change.isPending} onClick={() => set(webhook.pending_secret ?? '')}>
                {t('usePending')}
              </Button>
            )}
          </Stack>
        </Alert>
      )}
      {edits && !changes && (
        <Group>
          <Button size="compact-sm" variant="subtle" onClick={() => setChanges(true)}>
            {t('changeSecret')}
          </Button>
        </Group>
      )}
      {changes && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (value) set(value);
          }}
        >
          <Group align="flex-end" gap="xs">
            <PasswordInput label={t('newSecret')} value={value} onChange={(event) => setValue(event.currentTarget.value)} autoComplete="off" data-autofocus style={{ flex: '1 1 240px' }} visibilityToggleButtonProps={{ 'aria-label': common('show') }} />
            <Button type="submit" disabled={!value} loading={change.isPending}>{common('save')}</Button>
            <Button variant="default" onClick={close}>{common('cancel')}</Button>
          </Group>
        </form>
      )}
    </Stack>
  );
}

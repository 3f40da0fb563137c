import { Alert, Badge, Button, Card, Group, Select, Stack, Text, Title } from '@mantine/core';
import { IconCheck, IconKey, IconPlugConnected } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';
import { ProblemAlert, StatusBadge, useDo } from '../../ui';
import { KeyForm } from './KeyForm';
import { OwnCredentials } from './OwnCredentials';
import { accountsQuery, type Installation } from './queries';
import { serviceTitle } from './serviceTitle';
import type { ServiceState } from './steps';

interface ServiceCardProps {
  installation: Installation;
  state: ServiceState;
  need: Schema<'ServiceNeed'> | undefined;
  /** The organisation brings an app or key of its own. */
  brings: { isMissing: boolean; instructions: string | undefined } | undefined;
  edits: boolean;
}

/** Refusals of the service's app after which a key is the way that is left. */
const NO_APP = new Set(['UNKNOWN_PROVIDER', 'DEVELOPER_CREDENTIALS_REQUIRED', 'CREDENTIALS_SUSPENDED']);

/** One service: whether it is connected, and every way to connect it. */
export function ServiceCard({ installation, state, need, brings, edits }: ServiceCardProps) {
  const t = useTranslations('setup');
  const title = serviceTitle(state.service);
  const [more, setMore] = useState(false);
  const [byKey, setByKey] = useState(false);
  const [taken, setTaken] = useState(false);
  const path = { path: { id: installation.id } };
  const renews = [['installations'], ['connections']];
  // Whoever may only look may not see accounts.
  const accounts = useQuery({ ...accountsQuery(state.service), enabled: edits });
  const linked = accounts.data?.data.find((each) => each.id === state.connection_id);
  const link = useDo({ work: (connection: string) => data(api.PATCH('/api/installations/{id}', { params: path, body: { connections: { [state.service]: connection } as Schema<'ChangeRequest'>['connections'] } })), renews, done: () => setMore(false) });
  const skip = useDo({ work: () => data(api.POST('/api/installations/{id}/onboarding/skip', { params: path, body: { service: state.service } })), renews });
  const consent = useDo({
    work: (connection: string | undefined) => {
      const back = `/app/installations/${installation.id}/setup?step=connections`;
      return data(api.GET('/api/oauth/{provider}/authorize', { params: { path: { provider: state.service }, query: { ...(connection ? { connection } : {}), installation: installation.id, return_to: back } } }));
    },
    renews,
    quiet: true,
    // The same tab goes to the service and comes back to this step. An app that needs no person has connected already.
    done: (answer) => {
      if (answer.authorize_url) {
        setTaken(true);
        window.location.assign(answer.authorize_url);
      } else setMore(false);
    },
  });
  const noApp = isProblem(consent.error) && NO_APP.has(consent.error.code);
  const isExpired = linked?.status === 'expired';
  const isConnected = state.status === 'connected' && !isExpired;
  const others = (accounts.data?.data ?? []).filter((each) => each.id !== state.connection_id && each.status === 'active');
  const isOpen = more || !isConnected;
  return (
    <Card withBorder padding="md" component="section" aria-label={title}>
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start" gap="sm">
          <div style={{ minWidth: 0, flex: '1 1 200px' }}>
            <Group gap="xs">
              <Title order={3}>{title}</Title>
              {!state.optional && !isConnected && (
                <Badge variant="default" tt="none" fw={500}>
                  {t('needed')}
                </Badge>
              )}
            </Group>
            {linked && (
              <Text fz="sm" style={{ overflowWrap: 'anywhere' }}>
                {linked.account_label ?? linked.name}
              </Text>
            )}
            {need && need.scopes.length > 0 && !isConnected && (
              <Text fz="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                {t('scopes', { scopes: need.scopes.join(', ') })}
              </Text>
            )}
            {need?.available === false && <Text fz="sm">{t('noConnector', { service: title })}</Text>}
          </div>
          <StatusBadge
            status={isConnected ? 'connected' : isExpired ? 'expired' : state.status === 'skipped' ? 'skipped' : 'open'}
            label={isConnected ? t('connected') : isExpired ? t('expired') : state.status === 'skipped' ? t('serviceSkipped') : t('missing')}
          />
        </Group>
        {state.status === 'skipped' && <Text fz="sm">{t('skippedService', { service: title })}</Text>}
        {edits && brings && <OwnCredentials installation={installation} service={state.service} isMissing={brings.isMissing} instructions={brings.instructions} isConnected={isConnected} />}
        {edits && isOpen && !(brings?.isMissing ?? false) && (
          <Stack gap="sm">
            <Group gap="sm">
              <Button leftSection={<IconPlugConnected size={16} aria-hidden />} loading={consent.isPending || taken} onClick={() => consent.mutate(isExpired && linked.oauth_app_id ? linked.id : undefined)}>
                {isExpired ? t('reconnect') : t('connectWith', { service: title })}
              </Button>
              {!brings && (
                <Button variant="default" leftSection={<IconKey size={16} aria-hidden />} aria-expanded={byKey} onClick={() => setByKey(!byKey)}>
                  {t('enterKey')}
                </Button>
              )}
              {state.optional && state.status === 'missing' && (
                <Button variant="subtle" loading={skip.isPending} onClick={() => skip.mutate()}>
                  {t('skip', { service: title })}
                </Button>
              )}
            </Group>
            {noApp ? (
              <Alert color="yellow" variant="light" title={t('noAppTitle', { service: title })} role="alert">
                <Text fz="sm">{t('noApp', { service: title })}</Text>
              </Alert>
            ) : (
              <ProblemAlert error={consent.error} />
            )}
            {others.length > 0 && <Existing accounts={others} title={title} busy={link.isPending} onUse={(id) => link.mutate(id)} />}
            {(byKey || noApp) && !brings && <KeyForm service={state.service} title={title} installationId={installation.id} onDone={() => setMore(false)} />}
          </Stack>
        )}
        {edits && isConnected && (
          <Group gap="sm">
            <Button variant="subtle" size="xs" leftSection={more ? undefined : <IconCheck size={14} aria-hidden />} aria-expanded={more} onClick={() => setMore(!more)}>
              {t('connectOther')}
            </Button>
          </Group>
        )}
      </Stack>
    </Card>
  );
}

/** Accounts that the workspace has at the service already. */
function Existing({ accounts, title, busy, onUse }: { accounts: ReadonlyArray<Schema<'Connection'>>; title: string; busy: boolean; onUse: (id: string) => void }) {
  const t = useTranslations('setup');
  const [chosen, setChosen] = useState<string | null>(accounts[0]?.id ?? null);
  return (
    <Group gap="sm" align="flex-end">
      <Select
        label={t('chooseExisting')}
        data={accounts.map((each) => ({ value: each.id, label: each.account_label && each.account_label !== each.name ? `${each.name} (${each.account_label})` : each.name }))}
        value={chosen}
        onChange={setChosen}
        allowDeselect={false}
        aria-label={t('chooseAccount', { service: title })}
        style={{ flex: '1 1 220px' }}
      />
      <Button variant="default" disabled={!chosen} loading={busy} onClick={() => chosen && onUse(chosen)}>
        {t('use')}
      </Button>
    </Group>
  );
}

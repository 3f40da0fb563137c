import { Alert, Button, Card, Group, PasswordInput, SegmentedControl, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';
import { CopyField, Facts, ProblemAlert, StatusBadge, Time, useDo } from '../../ui';
import { isOpenField } from './keyFields';
import { labelOf } from './KeyForm';
import { broughtQuery, type Installation } from './queries';
import { serviceTitle } from './serviceTitle';

const kinds = ['oauth', 's2s', 'static'] as const;
type Kind = (typeof kinds)[number];

const asked: Record<Kind, readonly string[]> = { oauth: ['client_id', 'client_secret'], s2s: ['account_id', 'client_id', 'client_secret'], static: ['access_token'] };
/** Fields that the request has a name for; others travel in `fields`. */
const OWN = new Set(['client_id', 'client_secret', 'account_id', 'api_key', 'access_token', 'webhook_secret']);

interface OwnCredentialsProps {
  installation: Installation;
  service: string;
  isMissing: boolean;
  isConnected: boolean;
  instructions: string | undefined;
}

/** The organisation's own app or key for a service: entered here, kept sealed, shown by its last characters only. */
export function OwnCredentials({ installation, service, isMissing, isConnected, instructions }: OwnCredentialsProps) {
  const t = useTranslations('setup');
  const title = serviceTitle(service);
  const query = useQuery(broughtQuery(installation.id, service));
  const [replaces, setReplaces] = useState(false);
  const app = query.data;
  return (
    <Card withBorder padding="sm" radius="sm">
      <Stack gap="sm">
        <Title order={4} fz="sm">
          {t('byooTitle', { service: title })}
        </Title>
        <Text fz="sm" c="dimmed">
          {t('byooText', { service: title })}
        </Text>
        {instructions && (
          <Text fz="sm" style={{ whiteSpace: 'pre-line', overflowWrap: 'anywhere' }}>
            {instructions}
          </Text>
        )}
        {app && <Brought app={app} title={title} />}
        {app && !isConnected && !isMissing && app.kind === 'oauth' && <Text fz="sm">{t('byooConnect')}</Text>}
        {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
        {(isMissing && !app) || replaces ? (
          <Form installation={installation} service={service} title={title} redirect={app?.redirect_uri} onDone={() => setReplaces(false)} />
        ) : (
          app && (
            <Group>
              <Button variant="default" size="xs" onClick={() => setReplaces(true)}>
                {t('byooReplace')}
              </Button>
            </Group>
          )
        )}
      </Stack>
    </Card>
  );
}

/** What is kept, and whether it works. */
function Brought({ app, title }: { app: Schema<'OAuthApp'>; title: string }) {
  const t = useTranslations('setup');
  return (
    <Stack gap="sm">
      <Facts
        cols={2}
        items={[
          [t('clientId'), app.client_id],
          ...Object.entries(app.secrets).map(([name, shown]): [string, string] => [labelOf(name), shown]),
          [t('health'), <StatusBadge key="health" status={app.health_status} tone={app.health_status === 'healthy' ? 'good' : app.health_status === 'unhealthy' ? 'bad' : 'waiting'} label={t(`health_${app.health_status}`)} />],
          [t('healthAt'), app.last_health_check_at ? <Time at={app.last_health_check_at} /> : undefined],
        ]}
      />
      {app.last_error && (
        <Alert color="red" variant="light" title={t('byooRefused', { service: title })}>
          <Text fz="sm">{app.last_error}</Text>
        </Alert>
      )}
      {app.kind === 'oauth' && <CopyField label={t('redirect', { service: title })} value={app.redirect_uri} />}
    </Stack>
  );
}

function Form({ installation, service, title, onDone, redirect }: { installation: Installation; service: string; title: string; redirect: string | undefined; onDone: () => void }) {
  const t = useTranslations('setup');
  const [kind, setKind] = useState<Kind>('oauth');
  const [values, setValues] = useState<Record<string, string>>({});
  const [extra, setExtra] = useState<readonly string[]>([]);
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const names = [...asked[kind], ...extra.filter((name) => !asked[kind].includes(name))];
  const save = useDo({
    work: async () => {
      const filled = Object.entries(values).filter(([name, value]) => value.trim() !== '' && (names.includes(name) || name === 'webhook_secret'));
      const own = Object.fromEntries(filled.filter(([name]) => OWN.has(name)));
      const further = Object.fromEntries(filled.filter(([name]) => !OWN.has(name)));
      const body = { ...own, ...(Object.keys(further).length > 0 ? { fields: further } : {}) } as Schema<'OwnCredentials'>;
      await api.PUT('/api/installations/{id}/byoo/{provider}', { params: { path: { id: installation.id, provider: service } }, body });
      return data(api.GET('/api/installations/{id}/byoo/{provider}', { params: { path: { id: installation.id, provider: service } } }));
    },
    renews: [['installations'], ['connections']],
    says: (app) => (app.health_status === 'healthy' ? t('byooWorks', { service: title }) : t('byooSaved', { service: title })),
    quiet: true,
    done: onDone,
  });
  const isAsked = isProblem(save.error, 'MISSING_FIELD');
  const set = (name: string, value: string) => {
    setValues((now) => ({ ...now, [name]: value }));
    setWrong((now) => Object.fromEntries(Object.entries(now).filter(([other]) => other !== name)));
  };
  const submit = () =>
    save.mutate(undefined, {
      onError: (error) => {
        if (!isProblem(error)) return;
        const found = Object.fromEntries(error.errors.map((each) => [each.field.replace(/^fields\./, ''), each.message]));
        setWrong(found);
        // The service's own names for what it wants are known to the server.
        if (error.code === 'MISSING_FIELD') setExtra(Object.keys(found));
      },
    });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack gap="sm">
        <div>
          <Text fz="sm" fw={500} mb={4} id={`kind-${service}`}>
            {t('byooKind')}
          </Text>
          <SegmentedControl
            aria-labelledby={`kind-${service}`}
            value={kind}
            onChange={(next) => {
              setKind(next as Kind);
              setExtra([]);
              setWrong({});
              save.reset();
            }}
            data={[
              { value: 'oauth', label: t('byooOauth') },
              { value: 's2s', label: t('byooS2s') },
              { value: 'static', label: t('byooKey') },
            ]}
          />
        </div>
        {kind === 'oauth' && <CopyField label={t('redirect', { service: title })} value={redirect ?? `${location.origin}/api/oauth/${service}/callback`} />}
        {names.map((name) => {
          const Control = isOpenField(name) ? TextInput : PasswordInput;
          return <Control key={name} label={name === 'access_token' ? t('accessToken') : labelOf(name)} value={values[name] ?? ''} error={wrong[name]} autoComplete="off" onChange={(event) => set(name, event.target.value)} />;
        })}
        <PasswordInput label={t('webhookSecret')} description={t('webhookSecretHint', { service: title })} value={values.webhook_secret ?? ''} error={wrong.webhook_secret} autoComplete="off" onChange={(event) => set('webhook_secret', event.target.value)} />
        {!isAsked && <ProblemAlert error={save.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={save.isPending} disabled={names.every((name) => (values[name] ?? '').trim() === '')}>
            {t('byooSave')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

import { Alert, Button, Card, Group, Select, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { Empty, LinkButton, Loaded, ProblemAlert, Section, StatusBadge, TextLink, useDo } from '../../ui';
import { useMe } from '../identity/useMe';
import { useChange, useEdits } from './deeds';
import { accountsQuery, onboardingQuery, type Installation } from './queries';
import { slots, type Slot } from './slots';

/** Which account serves which service; what does not work comes first. */
export function ConnectionsTab({ installation, came }: { installation: Installation; came: { connection?: string | undefined; error?: string | undefined } }) {
  const t = useTranslations('installation');
  const query = useQuery(onboardingQuery(installation.id));
  return (
    <Section title={t('connections')} description={t('connectionsText')}>
      <Stack gap="md">
        {came.error && <Alert color="red" variant="light" role="alert" title={t('connectFailed')}>{came.error}</Alert>}
        {came.connection && <Alert color="teal" variant="light" role="status">{t('connected')}</Alert>}
        <Loaded query={query}>
          {(onboarding) => {
            const { services, missingOwn } = slots(onboarding, installation);
            if (services.length === 0) return <Empty title={t('noServices')} text={t('noServicesText')} />;
            return (
              <Stack gap="md">
                {missingOwn.length > 0 && (
                  <Alert color="yellow" variant="light">
                    <Group justify="space-between">
                      <Text fz="sm">{t('ownCredentials', { providers: missingOwn.join(', ') })}</Text>
                      <LinkButton size="xs" to={`/app/installations/${installation.id}/setup` as string}>{t('openSetup')}</LinkButton>
                    </Group>
                  </Alert>
                )}
                {services.map((slot) => (
                  <SlotCard key={slot.service} slot={slot} installation={installation} />
                ))}
              </Stack>
            );
          }}
        </Loaded>
      </Stack>
    </Section>
  );
}

function SlotCard({ slot, installation }: { slot: Slot; installation: Installation }) {
  const t = useTranslations('installation');
  const may = useMe();
  const edits = useEdits(installation);
  const { service, optional, connectionId } = slot;
  // Whoever may only look may not see accounts.
  const accounts = useQuery({ ...accountsQuery(service), enabled: may.edits });
  const change = useChange(installation.id);
  const connect = useDo({
    work: (connection: string | undefined) =>
      data(
        api.GET('/api/oauth/{provider}/authorize', {
          params: { path: { provider: service }, query: { installation: installation.id, return_to: `/app/installations/${installation.id}?tab=connections`, ...(connection && { connection }) } },
        }),
      ),
    renews: [['installations', installation.id], ['connections']],
    quiet: true,
    done: (answer) => answer.authorize_url && location.assign(answer.authorize_url),
  });
  const list = accounts.data?.data ?? [];
  const account = list.find((each) => each.id === connectionId);
  const isBroken = account !== undefined && (account.status === 'expired' || account.health_status === 'unhealthy');
  const label = (each: { name: string; account_label?: string | null | undefined }) => (each.account_label && each.account_label !== each.name ? `${each.name} (${each.account_label})` : each.name);
  const chosen = change.isPending ? ((change.variables.connections as Record<string, string | null> | undefined)?.[service] ?? null) : connectionId;
  return (
    <Card withBorder padding="md" style={{ order: isBroken || !connectionId ? 0 : 1, overflow: 'visible' }}>
      <Stack gap="sm">
        <Group justify="space-between">
          <Group gap="xs">
            <Text component="h3" fw={600} m={0} fz="md">{service}</Text>
            {optional && <Text c="dimmed" fz="sm">{t('optional')}</Text>}
          </Group>
          {!connectionId ? (
            <StatusBadge status={slot.skipped ? 'idle' : 'waiting'} label={slot.skipped ? t('skippedService') : t('notConnected')} />
          ) : (
            account && <StatusBadge status={isBroken ? (account.status === 'expired' ? 'expired' : 'broken') : 'connected'} />
          )}
        </Group>
        {account?.last_error && isBroken && <Text fz="sm">{account.last_error}</Text>}
        {connectionId && (
          <TextLink to={'/app/connections' as string} search={{ id: connectionId } as never} fz="sm">
            {account ? label(account) : connectionId}
          </TextLink>
        )}
        {edits && (
          <Group align="flex-end" gap="xs">
            {list.length > 0 && (
              <Select
                label={t('useAccount', { service })}
                placeholder={t('chooseAccount')}
                data={list.map((each) => ({ value: each.id, label: label(each) }))}
                value={chosen}
                allowDeselect={false}
                disabled={change.isPending}
                onChange={(id) => id && id !== connectionId && change.mutate({ connections: { [service]: id } as Record<string, never> })}
                style={{ flex: '1 1 240px' }}
              />
            )}
            {isBroken && account?.reconnect_url ? (
              <Button loading={connect.isPending} onClick={() => connect.mutate(account.id)}>{t('connectAgain')}</Button>
            ) : (
              <Button variant={connectionId ? 'default' : 'filled'} loading={connect.isPending} onClick={() => connect.mutate(undefined)}>{t('connect')}</Button>
            )}
            <LinkButton variant="subtle" to={'/app/connections' as string} search={{ connect: service } as never}>{t('newByFields')}</LinkButton>
            {connectionId && optional && (
              <Button variant="subtle" color="gray" loading={change.isPending} onClick={() => change.mutate({ connections: { [service]: null } as unknown as Record<string, never> })}>
                {t('unlink')}
              </Button>
            )}
          </Group>
        )}
        <ProblemAlert error={connect.error} />
      </Stack>
    </Card>
  );
}

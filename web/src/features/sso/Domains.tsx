import { Button, Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';
import { CopyField, Empty, Loaded, ProblemAlert, Section, StatusBadge, useConfirm, useDo, useFormat } from '../../ui';
import type { Role } from '../identity/useMe';
import { DomainDialog } from './DomainDialog';
import { domainsQuery } from './queries';

/** Whose addresses the provider is believed for. */
export function Domains() {
  const t = useTranslations('settings.sso');
  const query = useQuery(domainsQuery);
  const [adding, add] = useState(false);
  return (
    <Section title={t('domains')} description={t('domainsText')} actions={<Button variant="default" onClick={() => add(true)}>{t('add')}</Button>}>
      <Loaded query={query}>
        {(list) =>
          list.data.length === 0 ? (
            <Empty title={t('domainsNone')} text={t('domainsNoneText')} />
          ) : (
            <Stack>
              {list.data.map((domain) => (
                <Domain key={domain.domain} domain={domain} />
              ))}
            </Stack>
          )
        }
      </Loaded>
      {adding && <DomainDialog onClose={() => add(false)} />}
    </Section>
  );
}

function Domain({ domain }: { domain: Schema<'DomainAnswer'> }) {
  const t = useTranslations('settings.sso');
  const roles = useTranslations('settings.members');
  const format = useFormat();
  const confirm = useConfirm();
  const params = { params: { path: { domain: domain.domain } } };
  const verify = useDo({ work: () => data(api.POST('/api/v1/workspace/sso/domains/{domain}/verify', params)), renews: [['sso']], says: t('verifySaid', { domain: domain.domain }), quiet: true });
  const remove = useDo({ work: () => api.DELETE('/api/v1/workspace/sso/domains/{domain}', params), renews: [['sso']], says: t('removeDomainSaid', { domain: domain.domain }) });
  const state = domain.lapsed_at ? 'lapsed' : !domain.verified_at ? 'unverified' : domain.record_missing_since ? 'missing' : domain.verified_by === 'operator' ? 'vouched' : 'verified';
  const good = state === 'verified' || state === 'vouched';
  return (
    <Card withBorder component="article" aria-label={domain.domain}>
      <Group justify="space-between" mb={good ? 0 : 'sm'}>
        <Group gap="sm">
          <Title order={3}>{domain.domain}</Title>
          <StatusBadge status={state} tone={good ? 'good' : state === 'unverified' ? 'waiting' : 'bad'} label={t(state)} />
          <Text fz="sm" c="dimmed">
            {domain.default_role ? t('joinRole', { role: roles(`roles.${domain.default_role as Role}`) }) : t('joinNever')}
          </Text>
        </Group>
        <Group gap="xs">
          {!good && (
            <Button size="xs" loading={verify.isPending} onClick={() => verify.mutate()} aria-label={t('verifyOf', { domain: domain.domain })}>
              {t('verify')}
            </Button>
          )}
          <Button
            size="xs"
            variant="default"
            loading={remove.isPending}
            aria-label={t('removeDomainOf', { domain: domain.domain })}
            onClick={async () => (await confirm({ title: t('removeDomainTitle', { domain: domain.domain }), text: t('removeDomainText'), action: t('removeDomain'), danger: true })) && remove.mutate()}
          >
            {t('removeDomain')}
          </Button>
        </Group>
      </Group>
      {!good && (
        <Stack gap="sm">
          {domain.lapsed_at && <Text fz="sm">{t('lapsedText', { date: format.date(domain.lapsed_at) })}</Text>}
          {!domain.lapsed_at && domain.record_missing_since && <Text fz="sm">{t('missingText', { date: format.date(domain.record_missing_since) })}</Text>}
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <CopyField label={t('recordName')} value={domain.record_name} />
            <CopyField label={t('recordText')} value={domain.record_text} />
          </SimpleGrid>
          <Text fz="sm" c="dimmed">
            {t('recordHint')}
          </Text>
          {verify.isError && <ProblemAlert error={verify.error} />}
        </Stack>
      )}
    </Card>
  );
}

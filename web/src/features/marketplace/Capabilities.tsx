import { Badge, Code, Group, List, Stack, Text, Title } from '@mantine/core';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { serviceName } from './listing';

/** What a workflow may do, told before anybody installs it: services with scopes, hosts, what starts it, what it asks for. */
export function Capabilities({ capabilities }: { capabilities: Schema<'Capabilities'> }) {
  const t = useTranslations('workflows');
  const { services, hosts, triggers, inputs } = capabilities;
  return (
    <Stack gap="lg">
      <Part title={t('startedBy')}>
        {triggers.length === 0 ? (
          <Text fz="sm">{t('startedByHand')}</Text>
        ) : (
          <List size="sm">
            {triggers.map((trigger, at) => (
              <List.Item key={at}>
                <Trigger trigger={trigger} />
              </List.Item>
            ))}
          </List>
        )}
      </Part>
      <Part title={t('worksWith')}>
        {services.length === 0 ? (
          <Text fz="sm">{t('worksAlone')}</Text>
        ) : (
          <Stack gap="xs">
            {services.map((need) => (
              <div key={need.service}>
                <Group gap="xs">
                  <Text fw={600} fz="sm">
                    {serviceName(need.service)}
                  </Text>
                  {need.optional && (
                    <Badge variant="default" tt="none" fw={500}>
                      {t('optional')}
                    </Badge>
                  )}
                  {!need.available && (
                    <Text fz="xs" c="var(--mantine-color-error)">
                      {t('noConnector')}
                    </Text>
                  )}
                </Group>
                <Text fz="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                  {need.scopes.length > 0 ? t('scopes', { scopes: need.scopes.join(', ') }) : t('noScopes')}
                </Text>
              </div>
            ))}
          </Stack>
        )}
      </Part>
      <Part title={t('hosts')}>
        {hosts.length === 0 ? (
          <Text fz="sm">{t('noHosts')}</Text>
        ) : (
          <Group gap={6}>
            {hosts.map((host) => (
              <Code key={host} style={{ overflowWrap: 'anywhere' }}>
                {host}
              </Code>
            ))}
          </Group>
        )}
      </Part>
      {inputs.length > 0 && (
        <Part title={t('asksFor')}>
          <List size="sm">
            {inputs.map((input) => (
              <List.Item key={input.key}>
                {input.label || input.key}
                {!input.required && (
                  <Text span inherit c="dimmed">
                    {' '}
                    {t('optionalInput')}
                  </Text>
                )}
                {input.secret && (
                  <Text span inherit c="dimmed">
                    {' '}
                    {t('secretInput')}
                  </Text>
                )}
              </List.Item>
            ))}
          </List>
        </Part>
      )}
    </Stack>
  );
}

/** One thing that starts a workflow, as a sentence. */
export function Trigger({ trigger }: { trigger: Schema<'TriggerSummary'> }) {
  const t = useTranslations('workflows');
  const service = trigger.service ? serviceName(trigger.service) : undefined;
  const events = trigger.events ?? [];
  switch (trigger.type) {
    case 'webhook':
      return <>{events.length > 0 ? t('onEvents', { service: service ?? trigger.path ?? t('somebody'), events: events.join(', ') }) : t('onWebhook', { service: service ?? trigger.path ?? t('somebody') })}</>;
    case 'schedule':
      return <>{t('onSchedule', { cron: trigger.cron ?? '', zone: trigger.timezone ?? '' })}</>;
    case 'poll':
      return <>{t('onPoll', { service: service ?? '', interval: trigger.interval ?? '' })}</>;
    default:
      return <>{t('startedByHand')}</>;
  }
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section>
      <Title order={3} mb={6}>
        {title}
      </Title>
      {children}
    </section>
  );
}

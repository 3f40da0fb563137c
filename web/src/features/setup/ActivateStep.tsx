import { Alert, Button, Group, List, Loader, Stack, Text } from '@mantine/core';
import { IconCheck, IconPower } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import { CopyField, ProblemAlert, Section, useDo } from '../../ui';
import { useMe } from '../identity/useMe';
import { serviceTitle } from './serviceTitle';
import type { StepProps } from './SetupPage';
import { leftOf, stepOfError, stepsOf } from './steps';

/** Codes that say which steps are left. */
const INCOMPLETE = new Set(['ONBOARDING_INCOMPLETE', 'CONNECTION_MISSING', 'BYOO_REQUIRED', 'INVALID_CONFIG', 'INVALID_CRON']);

/** Switches it on, and says what is left where that is refused. */
export function ActivateStep({ installation, onboarding, capabilities, onNext, onStep }: StepProps) {
  const t = useTranslations('setup');
  const { edits } = useMe();
  const steps = stepsOf(onboarding);
  const left = leftOf(steps);
  const activate = useDo({ work: () => data(api.POST('/api/installations/{id}/activate', { params: { path: { id: installation.id } } })), renews: [['installations']], quiet: true });
  const refused = isProblem(activate.error) && INCOMPLETE.has(activate.error.code) ? activate.error : undefined;
  const { status } = installation;
  return (
    <Section title={t('activate')} description={t('activateText')}>
      <Stack gap="md">
        <Starts installation={installation} capabilities={capabilities} />
        {installation.status_reason === 'hook_failed' && status !== 'active' && (
          <Alert color="red" variant="light" title={t('hookFailed')}>
            <Text fz="sm">{installation.problem}</Text>
          </Alert>
        )}
        {status !== 'active' && left.length > 0 && !refused && (
          <Alert color="yellow" variant="light" title={t('activateNotReady')}>
            <Group gap="sm" mt="xs">
              {left.map((step) => (
                <Button key={step} size="xs" variant="default" onClick={() => onStep(step)}>
                  {t('goTo', { step: t(step) })}
                </Button>
              ))}
            </Group>
          </Alert>
        )}
        {refused && (
          <Alert color="yellow" variant="light" title={t('activateNotReady')} role="alert">
            <List size="sm">
              {refused.errors.length === 0 && <List.Item>{refused.detail}</List.Item>}
              {refused.errors.map((error) => (
                <List.Item key={`${error.field} ${error.message}`}>{error.message}</List.Item>
              ))}
            </List>
            <Group gap="sm" mt="sm">
              {[...new Set(refused.errors.map((error) => stepOfError(error.field)))]
                .filter((step) => step !== 'activate' && steps.some((each) => each.key === step))
                .map((step) => (
                  <Button key={step} size="xs" variant="default" onClick={() => onStep(step)}>
                    {t('goTo', { step: t(step) })}
                  </Button>
                ))}
            </Group>
          </Alert>
        )}
        {activate.error && !refused && <ProblemAlert error={activate.error} onRetry={() => activate.mutate()} />}
        <Group justify="space-between" gap="sm">
          <Group gap="xs" role="status" mih={28}>
            {status === 'active' && <IconCheck size={18} aria-hidden />}
            {status === 'activating' && <Loader size={18} aria-hidden />}
            <Text>{status === 'active' ? t('isOn') : status === 'activating' ? t('activating') : left.length === 0 ? t('activateReady') : ''}</Text>
          </Group>
          {status === 'active' ? (
            <Button onClick={onNext}>{t('continue')}</Button>
          ) : (
            edits && (
              <Button leftSection={<IconPower size={16} aria-hidden />} loading={activate.isPending || status === 'activating'} disabled={left.length > 0} onClick={() => activate.mutate()}>
                {t('activateDo')}
              </Button>
            )
          )}
        </Group>
      </Stack>
    </Section>
  );
}

/** What starts it, and the addresses that have to be told to a service. */
function Starts({ installation, capabilities }: Pick<StepProps, 'installation' | 'capabilities'>) {
  const t = useTranslations('setup');
  const triggers = capabilities?.triggers ?? [];
  return (
    <Stack gap="sm">
      <List size="sm">
        {triggers.map((trigger, at) => (
          <List.Item key={at}>
            {trigger.type === 'webhook' && t('startsWebhook', { service: trigger.service ? serviceTitle(trigger.service) : (trigger.path ?? ''), events: (trigger.events ?? []).join(', ') || t('anything') })}
            {trigger.type === 'schedule' && t('startsSchedule', { cron: installation.schedules.find((each) => each.cron)?.cron ?? trigger.cron ?? '', zone: installation.schedules.find((each) => each.timezone)?.timezone ?? installation.timezone })}
            {trigger.type === 'poll' && t('startsPoll', { service: trigger.service ? serviceTitle(trigger.service) : '' })}
            {trigger.type === 'manual' && t('startsManual')}
          </List.Item>
        ))}
        {triggers.length === 0 && <List.Item>{t('startsManual')}</List.Item>}
      </List>
      {installation.webhooks.map((hook) => (
        <CopyField key={hook.trigger_id} label={t('webhookAddress', { service: hook.service ? serviceTitle(hook.service) : (hook.path ?? '') })} description={t('webhookHint', { service: hook.service ? serviceTitle(hook.service) : t('theService') })} value={hook.url} />
      ))}
    </Stack>
  );
}

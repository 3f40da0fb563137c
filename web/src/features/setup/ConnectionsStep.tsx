import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';

import { Section } from '../../ui';
import { useMe } from '../identity/useMe';
import { ServiceCard } from './ServiceCard';
import type { StepProps } from './SetupPage';
import { byooOf, servicesOf } from './steps';

/** Accounts: one card for each service, with every way to connect it. */
export function ConnectionsStep({ installation, onboarding, capabilities, onNext, returned }: StepProps & { returned: { connection: string | undefined; error: string | undefined } }) {
  const t = useTranslations('setup');
  const { edits } = useMe();
  const services = servicesOf(onboarding);
  const byoo = byooOf(onboarding);
  const needs = capabilities?.services ?? [];
  const isLeft = services.some((each) => each.status === 'missing' && !each.optional);
  return (
    <Section title={t('connections')} description={t('connectionsText')}>
      <Stack gap="md">
        {returned.error && (
          <Alert color="yellow" variant="light" icon={<IconAlertTriangle size={20} aria-hidden />} title={t('returnedRefused')} role="alert">
            <Text fz="sm">{returned.error === 'OAUTH_REFUSED' ? t('returnedCancelled') : t('returnedRefusedText', { code: returned.error })}</Text>
          </Alert>
        )}
        {returned.connection && !returned.error && (
          <Alert color="teal" variant="light" icon={<IconCheck size={20} aria-hidden />} role="status">
            {t('returnedConnected')}
          </Alert>
        )}
        {services.length === 0 && <Text>{t('connectionsNone')}</Text>}
        {services.map((state) => (
          <ServiceCard
            key={state.service}
            installation={installation}
            state={state}
            need={needs.find((need) => need.service === state.service)}
            brings={byoo.providers.includes(state.service) ? { isMissing: byoo.missing.includes(state.service), instructions: byoo.instructions } : undefined}
            edits={edits}
          />
        ))}
        <Group justify="flex-end">
          <Button onClick={onNext} variant={isLeft ? 'default' : 'filled'}>
            {t('continue')}
          </Button>
        </Group>
      </Stack>
    </Section>
  );
}

import { Alert, Group, Text } from '@mantine/core';
import { useTranslations } from 'use-intl';

import { LinkButton, Section } from '../../ui';
import type { StepProps } from './SetupPage';

/** Shown only where the workspace may not use the workflow any more. */
export function AccessStep({ installation, onboarding }: StepProps) {
  const t = useTranslations('setup');
  const isOpen = onboarding.steps.some((step) => step.key === 'access' && step.status === 'open');
  return (
    <Section title={t('access')}>
      {isOpen ? (
        <Alert color="yellow" variant="light" title={t('accessDenied')}>
          <Text fz="sm">{t('accessDeniedText')}</Text>
          <Group mt="sm">
            <LinkButton to="/workflows/private/$id" params={{ id: installation.workflow_id }} size="xs">
              {t('accessPage')}
            </LinkButton>
          </Group>
        </Alert>
      ) : (
        <Text>{t('accessText')}</Text>
      )}
    </Section>
  );
}

import { Button, Group, Text } from '@mantine/core';
import { IconCheck, IconExternalLink } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';

import { Section } from '../../ui';
import type { StepProps } from './SetupPage';
import { setupUrlOf } from './steps';

/** The developer's own page: the browser goes there and comes back with a word that the server waits for. */
export function DeveloperStep({ onboarding, onNext }: StepProps) {
  const t = useTranslations('setup');
  const url = setupUrlOf(onboarding);
  const isDone = onboarding.steps.some((step) => step.key === 'setup' && step.status === 'done');
  return (
    <Section title={t('setup')} description={t('setupText')}>
      {isDone ? (
        <Group justify="space-between">
          <Group gap="xs">
            <IconCheck size={18} aria-hidden />
            <Text>{t('setupDone')}</Text>
          </Group>
          <Button onClick={onNext}>{t('continue')}</Button>
        </Group>
      ) : url ? (
        <Group justify="flex-end">
          <Button component="a" href={url} rightSection={<IconExternalLink size={16} aria-hidden />}>
            {t('setupGo', { host: new URL(url).host })}
          </Button>
        </Group>
      ) : (
        <Text>{t('setupNotAllowed')}</Text>
      )}
    </Section>
  );
}

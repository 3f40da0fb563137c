import { Button, Group, Text } from '@mantine/core';
import { useTranslations } from 'use-intl';

import { ConfigForm } from '../../../../features/config';
import { useMe } from '../../../../features/identity/useMe';
import { StepSkeleton, type StepProps } from '../../../../features/setup/SetupPage';
import { configOf } from '../../../../features/setup/steps';
import { Section } from '../../../../ui';

/** The settings of the set-up: the form of the declared inputs, saved as one goes while nothing runs by it yet. */
export function ConfigStep({ installation, onboarding, capabilities, onNext }: StepProps) {
  const t = useTranslations('setup');
  const { edits } = useMe();
  const inputs = capabilities?.inputs;
  const { essential, proposed } = configOf(onboarding);
  return (
    <Section title={t('config')} description={t('configText')}>
      {inputs === undefined ? (
        capabilities === null ? <Text>{t('configUnknown')}</Text> : <StepSkeleton />
      ) : inputs.length === 0 ? (
        <Group justify="space-between">
          <Text>{t('configNone')}</Text>
          <Button onClick={onNext}>{t('continue')}</Button>
        </Group>
      ) : (
        <ConfigForm installation={installation} inputs={inputs} essential={essential} proposed={proposed} asOneGoes={installation.status !== 'active'} action={installation.status === 'active' ? t('saveChanges') : t('continue')} onSaved={onNext} readOnly={!edits} />
      )}
    </Section>
  );
}

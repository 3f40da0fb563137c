import { Alert, Box, Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useTranslations } from 'use-intl';

import { LinkButton, Page, PageSkeleton, ProblemAlert, StatusBadge } from '../../ui';
import { useMe } from '../identity/useMe';
import { AccessStep } from './AccessStep';
import { ActivateStep } from './ActivateStep';
import { ConnectionsStep } from './ConnectionsStep';
import { DeveloperStep } from './DeveloperStep';
import { installationQuery, onboardingQuery, type Capabilities, type Installation, type Onboarding } from './queries';
import { StepBar } from './StepBar';
import { after, before, currentOf, stepsOf, type StepKey } from './steps';
import { TestStep } from './TestStep';

/** What a step is drawn with. */
export interface StepProps {
  installation: Installation;
  onboarding: Onboarding;
  /** What the workflow asks for; undefined while that is asked. */
  capabilities: Capabilities | null | undefined;
  onNext: () => void;
  onStep: (step: StepKey) => void;
}

interface SetupPageProps {
  id: string;
  /** From the address: the step, the run that was started, and what a service answered. */
  step: string | undefined;
  run: string | undefined;
  returned: { connection: string | undefined; error: string | undefined };
  onStep: (step: StepKey, run?: string) => void;
  capabilities: Capabilities | null | undefined;
  /** The form of the declared inputs, which another part of the app owns. */
  config: (props: StepProps) => React.ReactNode;
}

/** The set-up: its steps beside each other, one at a time. What was done stays done, and the address says where one is. */
export function SetupPage({ id, step, run, returned, onStep, capabilities, config }: SetupPageProps) {
  const t = useTranslations('setup');
  const { edits } = useMe();
  const installation = useQuery(installationQuery(id));
  const onboarding = useQuery(onboardingQuery(id));
  // It is switched on, and what is left to do is another thing, while this page only looks on.
  const status = installation.data?.status;
  const stood = useRef(status);
  const { refetch } = onboarding;
  useEffect(() => {
    if (stood.current !== undefined && stood.current !== status) void refetch();
    stood.current = status;
  }, [status, refetch]);
  const error = installation.error ?? onboarding.error;
  const steps = onboarding.data ? stepsOf(onboarding.data, run !== undefined) : [];
  const current = currentOf(steps, step);
  // Whoever begins stays on a step until they go on, also when it is done meanwhile.
  const pinned = onboarding.data && step === undefined ? current : undefined;
  useEffect(() => {
    if (pinned) onStep(pinned);
  }, [pinned, onStep]);
  if (!installation.data || !onboarding.data) {
    return error ? <ProblemAlert error={error} onRetry={() => void Promise.all([installation.refetch(), onboarding.refetch()])} /> : <PageSkeleton />;
  }
  const next = after(steps, current);
  const props: StepProps = { installation: installation.data, onboarding: onboarding.data, capabilities, onStep, onNext: () => next && onStep(next) };
  const back = before(steps, current);
  return (
    <Page
      title={t('title', { name: installation.data.name })}
      description={t('intro')}
      badge={<StatusBadge status={installation.data.status} label={t(`status_${installation.data.status}`)} />}
      actions={
        <LinkButton to={`/app/installations/${id}` as string} variant="default">
          {installation.data.status === 'active' ? t('finished') : t('later')}
        </LinkButton>
      }
    >
      {!edits && <Alert color="yellow" variant="light" title={t('readOnly')}>{t('readOnlyText')}</Alert>}
      <StepBar steps={steps} current={current} onStep={onStep} />
      <Box maw={820} w="100%">
        {current === 'access' && <AccessStep {...props} />}
        {current === 'setup' && <DeveloperStep {...props} />}
        {current === 'connections' && <ConnectionsStep {...props} returned={returned} />}
        {current === 'config' && config(props)}
        {current === 'activate' && <ActivateStep {...props} />}
        {current === 'test' && <TestStep {...props} run={run} onRun={(run) => onStep('test', run)} />}
        {back && (
          <Group mt="lg">
            <Button variant="subtle" onClick={() => onStep(back)}>
              {t('backTo', { step: t(back) })}
            </Button>
          </Group>
        )}
      </Box>
    </Page>
  );
}

/** A step while what it shows is asked for. */
export function StepSkeleton() {
  const t = useTranslations('setup');
  return (
    <Stack gap="md" role="status">
      <Text fz="sm" c="dimmed">
        {t('loadingForm')}
      </Text>
      <Skeleton height={60} />
      <Skeleton height={60} />
    </Stack>
  );
}

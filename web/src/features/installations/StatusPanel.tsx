import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconPlayerPause, IconProgress, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import { LinkButton, ProblemAlert, useFormat } from '../../ui';
import { useMe } from '../identity/useMe';
import { useActivate } from './deeds';
import { onboardingQuery, type Installation } from './queries';

/** How long what an uninstalled workflow stored is kept. */
const KEPT_MS = 30 * 86_400_000;

/** Where it stands, why, and what to do about it. */
export function StatusPanel({ installation, onConnections }: { installation: Installation; onConnections: () => void }) {
  const t = useTranslations('installation');
  const format = useFormat();
  const { edits } = useMe();
  const activate = useActivate(installation.id);
  const isIdle = installation.status === 'installed' || installation.status === 'error';
  const { data: onboarding } = useQuery({ ...onboardingQuery(installation.id), enabled: isIdle });
  const open = onboarding?.steps.filter((step) => step.status === 'open' && step.key !== 'activate').map((step) => step.key) ?? [];
  const setup = <LinkButton size="sm" to={`/app/installations/${installation.id}/setup` as string}>{t('continueSetup')}</LinkButton>;
  const activateButton = (word: string) =>
    edits && (
      <Button size="sm" onClick={() => activate.mutate()} loading={activate.isPending}>
        {word}
      </Button>
    );
  const lifecycle = (
    <LinkButton size="sm" variant="default" to={'/app/runs' as string} search={{ installation: installation.id, kind: 'hook' } as never}>
      {t('lifecycleRuns')}
    </LinkButton>
  );
  const missing = installation.missing_connections;
  const why = (
    <>
      {installation.problem && <Text fz="sm">{installation.problem}</Text>}
      {missing.length > 0 && <Text fz="sm">{t('missingConnections', { services: missing.join(', ') })}</Text>}
    </>
  );
  const connect = missing.length > 0 && edits && (
    <Button size="sm" variant="default" onClick={onConnections}>
      {t('openConnections')}
    </Button>
  );

  let panel: ReactNode;
  if (installation.status === 'active') {
    panel = missing.length > 0 || installation.problem ? <Panel tone="yellow" icon={<IconAlertTriangle />} title={t('activeTitle')} text={why} actions={connect} /> : <Panel tone="teal" icon={<IconCircleCheck />} title={t('activeTitle')} text={<Text fz="sm">{t('activeText')}</Text>} />;
  } else if (installation.status === 'activating') {
    panel = <Panel tone="blue" icon={<IconProgress />} title={t('activatingTitle')} text={<Text fz="sm">{t('activatingText')}</Text>} actions={lifecycle} />;
  } else if (installation.status === 'uninstalled') {
    const until = installation.uninstalled_at ? format.date(new Date(Date.parse(installation.uninstalled_at) + KEPT_MS).toISOString()) : '';
    panel = (
      <Panel tone="gray" icon={<IconTrash />} title={t('uninstalledTitle')} text={<Text fz="sm">{t('uninstalledText', { until })}</Text>} actions={<LinkButton size="sm" variant="default" to={`/app/workflows/${installation.workflow_id}` as string}>{t('openWorkflow')}</LinkButton>} />
    );
  } else if (installation.status_reason === 'access_revoked') {
    panel = <Panel tone="red" icon={<IconAlertTriangle />} title={t('revokedTitle')} text={<Text fz="sm">{t('revokedText')}</Text>} actions={activateButton(t('resume'))} />;
  } else if (installation.status_reason === 'hook_failed') {
    panel = <Panel tone="red" icon={<IconAlertTriangle />} title={t('hookFailedTitle')} text={<>{why}<Text fz="sm">{t('hookFailedText')}</Text></>} actions={<>{activateButton(t('activate'))}{lifecycle}</>} />;
  } else if (installation.status === 'paused') {
    panel = <Panel tone="yellow" icon={<IconPlayerPause />} title={t('pausedTitle')} text={<>{why}<Text fz="sm">{t('pausedText')}</Text></>} actions={activateButton(t('resume'))} />;
  } else if (open.length > 0) {
    const steps = open.map((key) => (`step_${key}` in known ? t(`step_${key as StepKey}`) : key)).join(', ');
    panel = (
      <Panel tone={installation.status === 'error' ? 'red' : 'yellow'} icon={<IconAlertTriangle />} title={installation.status === 'error' ? t('errorTitle') : t('unfinishedTitle')} text={<>{why}<Text fz="sm">{t('unfinishedText', { steps })}</Text></>} actions={<>{edits && setup}{connect}</>} />
    );
  } else {
    panel = <Panel tone={installation.status === 'error' ? 'red' : 'blue'} icon={<IconProgress />} title={installation.status === 'error' ? t('errorTitle') : t('readyTitle')} text={<>{why}{installation.status !== 'error' && <Text fz="sm">{t('readyText')}</Text>}</>} actions={<>{activateButton(t('activate'))}{connect}</>} />;
  }
  return (
    <Stack gap="sm">
      {panel}
      <ProblemAlert error={activate.error} />
    </Stack>
  );
}

type StepKey = 'access' | 'setup' | 'connections' | 'byoo' | 'config' | 'activate';
const known: Record<`step_${StepKey}`, true> = { step_access: true, step_setup: true, step_connections: true, step_byoo: true, step_config: true, step_activate: true };

function Panel({ tone, icon, title, text, actions }: { tone: string; icon: ReactNode; title: string; text: ReactNode; actions?: ReactNode }) {
  return (
    <Alert color={tone} variant="light" icon={icon} title={title}>
      <Stack gap="xs">
        {text}
        {actions && <Group gap="xs">{actions}</Group>}
      </Stack>
    </Alert>
  );
}

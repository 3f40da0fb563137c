import { Alert, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconClock } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import { isProblem } from '../../api/problem';
import { auth } from '../../i18n/en/auth';
import { ProblemAlert } from '../../ui';
import { waitWords } from './wait';

type Known = keyof typeof auth.refusals;

/**
 * A refusal at the door, in the words of somebody who wants to come in: the server's hints there speak to programs.
 * `left` is what `useWait` says of the same error; `action` is the way on.
 */
export function DoorProblem({ error, left, action }: { error: unknown; left: number; action?: ReactNode }) {
  const t = useTranslations('auth');
  // A weak password is told at its field.
  if (error === null || error === undefined || isProblem(error, 'WEAK_PASSWORD')) return null;
  if (!isProblem(error)) return error instanceof Error && error.message ? <Said title={t('deviceRefused')} text={error.message} action={action} /> : <ProblemAlert error={error} />;
  if (error.status === 429) {
    if (left === 0) return <Alert variant="light" color="teal" title={t('waitOver')} role="status" />;
    const { unit, count } = waitWords(left);
    return (
      <Alert variant="light" color="yellow" icon={<IconClock size={20} aria-hidden />} title={t(isLock(error.code) ? 'locked' : 'tooOften')} role="alert">
        <Stack gap={4}>
          {/* Counts down in silence: what changes every second must not be read out. */}
          <Text fz="sm" role="timer" aria-live="off">
            {t('waitFor', { unit, count })}
          </Text>
          {action}
        </Stack>
      </Alert>
    );
  }
  if (!(error.code in auth.refusals)) return <ProblemAlert error={error} />;
  return <Said text={t(`refusals.${error.code as Known}`)} action={action} />;
}

function isLock(code: string): boolean {
  return code === 'ACCOUNT_LOCKED' || code === 'SECOND_FACTOR_LOCKED';
}

function Said({ title, text, action }: { title?: string; text: string; action?: ReactNode }) {
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle size={20} aria-hidden />} {...(title && { title })} role="alert">
      <Stack gap={6}>
        <Text fz="sm">{text}</Text>
        {action}
      </Stack>
    </Alert>
  );
}

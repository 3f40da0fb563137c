import { Alert } from '@mantine/core';
import { IconCircleCheck, IconCircleX, IconHelpCircle } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';

import type { Tested } from './queries';

const looks = {
  healthy: { color: 'teal', icon: IconCircleCheck },
  degraded: { color: 'yellow', icon: IconHelpCircle },
  unhealthy: { color: 'red', icon: IconCircleX },
  unknown: { color: 'gray', icon: IconHelpCircle },
} as const;

/** What a provider says of an app's credentials. */
export function TestAnswer({ tested }: { tested: Tested }) {
  const t = useTranslations('developer.oauthApps');
  const { color, icon: Icon } = looks[tested.health_status];
  const error = tested.error ?? t('noReason');
  const text = {
    healthy: t('testOk', { ms: tested.latency_ms }),
    unhealthy: t('testBad', { error }),
    degraded: t('testDegraded', { error }),
    unknown: t('testUnknown'),
  }[tested.health_status];
  return (
    <Alert variant="light" color={color} icon={<Icon size={20} aria-hidden />} role="status">
      {text}
    </Alert>
  );
}

import { Alert, Stack, Text } from '@mantine/core';
import { IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';

import type { Back } from './back';
import type { OAuthApp } from './queries';

/** What came of a test consent, for whoever has just come back from the provider. */
export function CameBack({ back, apps, onSeen }: { back: Back; apps: readonly OAuthApp[]; onSeen: () => void }) {
  const t = useTranslations('developer.oauthApps');
  const c = useTranslations('common');
  if (!back.test && !back.error) return null;
  const app = apps.find((each) => each.provider === back.provider && (each.workflow_id ?? undefined) === back.workflow);
  const isGood = back.test === 'success';
  const provider = back.provider ?? '';
  return (
    <Alert
      styles={{ title: { color: 'var(--mantine-color-text)' } }}
      variant="light"
      color={isGood ? 'teal' : 'red'}
      icon={isGood ? <IconCircleCheck size={20} aria-hidden /> : <IconCircleX size={20} aria-hidden />}
      title={back.test ? t(`cameBack.${back.test}`) : t('cameBackError')}
      withCloseButton
      closeButtonLabel={c('close')}
      onClose={onSeen}
      role="status"
    >
      <Stack gap={4}>
        {back.test === 'success' && <Text fz="sm">{t('cameBackSuccess', { provider })}</Text>}
        {back.test === 'failed' && <Text fz="sm">{t('cameBackFailed', { provider, error: app?.last_test?.error ?? t('noReason') })}</Text>}
        {back.error && <Text fz="sm">{t('cameBackCode', { code: back.error })}</Text>}
        {isGood && app?.last_test && app.last_test.scopes.length > 0 && <Text fz="sm">{t('granted', { scopes: app.last_test.scopes.join(', ') })}</Text>}
      </Stack>
    </Alert>
  );
}

import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useTranslations } from 'use-intl';

import { CopyField } from '../../ui';
import type { OAuthApp, Tested } from './queries';
import { TestAnswer } from './TestAnswer';

/** Before somebody is sent to a provider: what will happen, and what the provider says already. */
export function ConsentDialog({ app, tested, onClose }: { app: OAuthApp; tested: Tested | undefined; onClose: () => void }) {
  const t = useTranslations('developer.oauthApps');
  const c = useTranslations('common');
  return (
    <Modal opened={tested !== undefined} onClose={onClose} title={t('consentTitle', { provider: app.provider })}>
      {tested && (
        <Stack>
          {tested.authorize_url ? <Text fz="sm">{t('consentText')}</Text> : <Text fz="sm">{t('consentNone')}</Text>}
          {!tested.success && <TestAnswer tested={tested} />}
          <CopyField label={t('redirectUri')} description={t('redirectBefore')} value={app.redirect_uri} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {c('cancel')}
            </Button>
            {tested.authorize_url && (
              <Button component="a" href={tested.authorize_url} data-autofocus>
                {t('consentGo')}
              </Button>
            )}
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

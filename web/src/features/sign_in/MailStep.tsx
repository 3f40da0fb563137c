import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { DoorProblem } from '../identity/DoorProblem';
import { DoorTitle } from '../identity/DoorTitle';
import { useWait } from '../identity/wait';
import { TextLink } from '../../ui';

/** A mail with a link is on its way; it can be sent again. */
export function MailStep({ email, onBack }: { email: string; onBack?: () => void }) {
  const t = useTranslations('auth');
  const resend = useMutation({ mutationFn: () => data(api.POST('/api/v1/auth/resend-verification', { body: { email } })) });
  const left = useWait(resend.error);
  return (
    <Stack>
      <DoorTitle title={t('mail.title')} text={t('mail.text', { email })} />
      <Text fz="sm">{t('mail.nothing')}</Text>
      <DoorProblem error={resend.error} left={left} />
      {resend.isSuccess && (
        <Text fz="sm" role="status">
          {t('mail.resent')}
        </Text>
      )}
      <Button variant="default" onClick={() => resend.mutate()} loading={resend.isPending} disabled={left > 0}>
        {t('mail.resend')}
      </Button>
      <Group justify="space-between">
        <TextLink to="/app/sign-in" fz="sm">
          {t('backToSignIn')}
        </TextLink>
        {onBack && (
          <Anchor component="button" type="button" fz="sm" onClick={onBack}>
            {t('mail.otherAddress')}
          </Anchor>
        )}
      </Group>
    </Stack>
  );
}

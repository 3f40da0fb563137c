import { Button, Stack, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState, type FormEvent } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { TextLink } from '../../ui';
import { DoorProblem } from '../identity/DoorProblem';
import { DoorTitle } from '../identity/DoorTitle';
import { dropPrefill, prefill } from '../identity/prefill';
import { useWait } from '../identity/wait';

/** Asks for a link with which a new password can be chosen. The answer is the same for every address. */
export function ForgotPasswordPage() {
  const t = useTranslations('auth');
  const [email, setEmail] = useState(() => prefill().email ?? '');
  useEffect(dropPrefill, []);
  const forgot = useMutation({ mutationFn: () => data(api.POST('/api/v1/auth/forgot-password', { body: { email: email.trim() } })) });
  const left = useWait(forgot.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    forgot.mutate();
  };
  const back = (
    <TextLink to="/app/sign-in" fz="sm">
      {t('backToSignIn')}
    </TextLink>
  );
  if (forgot.isSuccess)
    return (
      <Stack role="status">
        <DoorTitle title={t('forgot.sent')} text={t('forgot.sentText', { email: email.trim() })} />
        {back}
      </Stack>
    );
  return (
    <Stack component="form" onSubmit={submit}>
      <DoorTitle title={t('forgot.title')} text={t('forgot.text')} />
      <DoorProblem error={forgot.error} left={left} />
      <TextInput label={t('email')} type="email" name="email" autoComplete="username" value={email} onChange={(event) => setEmail(event.currentTarget.value)} autoFocus required withAsterisk={false} />
      <Button type="submit" loading={forgot.isPending} disabled={left > 0}>
        {t('forgot.submit')}
      </Button>
      {back}
    </Stack>
  );
}

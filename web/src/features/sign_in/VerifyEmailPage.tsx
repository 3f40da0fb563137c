import { Button, Center, Loader, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { accessToken } from '../../api/session';
import { LinkButton, TextLink } from '../../ui';
import { DoorProblem } from '../identity/DoorProblem';
import { DoorTitle } from '../identity/DoorTitle';
import { useWait } from '../identity/wait';
import { MailStep } from './MailStep';

/** What the link in the mail opens. It verifies the address and signs nobody in: the link may have been opened by somebody else. */
export function VerifyEmailPage({ token }: { token: string | undefined }) {
  return token === undefined ? <Again /> : <Verify token={token} />;
}

function Verify({ token }: { token: string }) {
  const t = useTranslations('auth');
  const begun = useRef(false);
  const queries = useQueryClient();
  // A mutation, since the link is good once: nothing may ask again by itself.
  const { mutate, isSuccess, error } = useMutation({
    mutationFn: () => data(api.GET('/api/v1/auth/verify-email', { params: { query: { token } } })),
    onSuccess: () => queries.clear(),
  });
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    mutate();
  }, [mutate]);
  const left = useWait(error);
  if (isSuccess)
    return (
      <Stack role="status">
        <DoorTitle title={t('verify.done')} text={t('verify.doneText')} />
        <LinkButton to="/app/sign-in">{t('signInLink')}</LinkButton>
      </Stack>
    );
  if (error)
    return (
      <Stack>
        <DoorTitle title={t('verify.failed')} />
        <DoorProblem error={error} left={left} />
        <Resend />
      </Stack>
    );
  return (
    <Stack>
      <DoorTitle title={t('verify.title')} text={t('verify.working')} />
      <Center>
        <Loader aria-hidden />
      </Center>
    </Stack>
  );
}

/** Without a link: somebody waits for one, maybe signed in already by an invitation. */
function Again() {
  const t = useTranslations('auth');
  const router = useRouter();
  return (
    <Stack>
      <DoorTitle title={t('verify.title')} text={t('verify.missing')} />
      {accessToken() !== undefined && (
        <Button onClick={() => router.history.replace('/app')} variant="light">
          {t('verify.goOn')}
        </Button>
      )}
      <Resend />
    </Stack>
  );
}

function Resend() {
  const t = useTranslations('auth');
  const [email, setEmail] = useState('');
  const resend = useMutation({ mutationFn: () => data(api.POST('/api/v1/auth/resend-verification', { body: { email: email.trim() } })) });
  const left = useWait(resend.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    resend.mutate();
  };
  if (resend.isSuccess) return <MailStep email={email.trim()} onBack={resend.reset} />;
  return (
    <Stack component="form" onSubmit={submit}>
      <DoorProblem error={resend.error} left={left} />
      <TextInput label={t('email')} type="email" autoComplete="email" value={email} onChange={(event) => setEmail(event.currentTarget.value)} required withAsterisk={false} />
      <Button type="submit" variant="default" loading={resend.isPending} disabled={left > 0}>
        {t('mail.resend')}
      </Button>
      <TextLink to="/app/sign-in" fz="sm">
        {t('backToSignIn')}
      </TextLink>
    </Stack>
  );
}

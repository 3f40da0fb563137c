import { Button, Divider, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';
import { TextLink } from '../../ui';
import { useArrive } from '../identity/arrive';
import { DoorProblem } from '../identity/DoorProblem';
import { DoorTitle } from '../identity/DoorTitle';
import { NewPassword } from '../identity/NewPassword';
import { couldBeGood } from '../identity/passwordRules';
import { bring } from '../identity/prefill';
import { useWait } from '../identity/wait';
import { MailStep } from './MailStep';
import { Providers } from './Providers';
import { SecondFactorStep } from './SecondFactorStep';

/** A new account: with an organisation, or with an address and a password. */
export function SignUpPage({ to }: { to: string | undefined }) {
  const t = useTranslations('auth');
  const arrive = useArrive();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [waits, setWaits] = useState(false);
  const [challenge, setChallenge] = useState<Schema<'ChallengeAnswer'>>();
  const signUp = useMutation({
    mutationFn: () => data(api.POST('/api/v1/auth/signup', { body: { email: email.trim(), password } })),
    onSuccess: (answer) => {
      if ('methods' in answer) setChallenge(answer);
      else if (answer.access_token && answer.expires_in) arrive({ access_token: answer.access_token, expires_in: answer.expires_in, next: 'create_workspace' }, to);
      else setWaits(true);
    },
    onError: (error) => isProblem(error, 'EMAIL_NOT_VERIFIED') && setWaits(true),
  });
  const left = useWait(signUp.error);
  if (challenge) return <SecondFactorStep challenge={challenge} onDone={(answer) => arrive(answer, to)} onBack={() => setChallenge(undefined)} />;
  if (waits) return <MailStep email={email.trim()} onBack={() => setWaits(false)} />;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signUp.mutate();
  };
  const onward = to === undefined ? {} : { to };
  const signIn = (text: string) => (
    <TextLink to="/app/sign-in" search={onward} onClick={() => email && bring({ email: email.trim() })} fz="sm" underline="always">
      {text}
    </TextLink>
  );
  const exists = isProblem(signUp.error, 'ACCOUNT_EXISTS') || isProblem(signUp.error, 'SSO_ACCOUNT_EXISTS') || isProblem(signUp.error, 'INVALID_CREDENTIALS');
  return (
    <Stack>
      <DoorTitle title={t('signUp.title')} />
      <DoorProblem error={signUp.error} left={left} action={exists ? signIn(t('signUp.another')) : undefined} />
      <Providers intent="signup" to={to} />
      <Divider label={t('or')} />
      <Stack component="form" onSubmit={submit}>
        <TextInput
          label={t('email')}
          type="email"
          name="email"
          autoComplete="username"
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          error={isProblem(signUp.error, 'INVALID_EMAIL') ? t('refusals.INVALID_EMAIL') : undefined}
          autoFocus
          required
          withAsterisk={false}
        />
        <NewPassword label={t('passwordLabel')} value={password} onChange={setPassword} email={email} error={signUp.error} />
        <Button type="submit" loading={signUp.isPending} disabled={left > 0 || !couldBeGood(password, email)}>
          {t('signUp.submit')}
        </Button>
      </Stack>
      <Text fz="sm">
        {t('signUp.have')} {signIn(t('signInLink'))}
      </Text>
    </Stack>
  );
}

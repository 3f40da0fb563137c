import { Alert, Button, Divider, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState, type FormEvent } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';
import { auth } from '../../i18n/en/auth';
import { TextLink } from '../../ui';
import { useArrive } from '../identity/arrive';
import { DoorProblem } from '../identity/DoorProblem';
import { DoorTitle } from '../identity/DoorTitle';
import { PasskeyButton } from '../identity/PasskeyButton';
import { bring, dropPrefill, prefill } from '../identity/prefill';
import { useWait } from '../identity/wait';
import { askPasskey } from '../identity/webauthn';
import { MailStep } from './MailStep';
import { Providers } from './Providers';
import { SecondFactorStep } from './SecondFactorStep';
import { usePasskeyOffer } from './usePasskeyOffer';

type Step = { is: 'form' } | { is: 'factor'; challenge: Schema<'ChallengeAnswer'> } | { is: 'mail' };

/** Signing in: at an organisation, with a passkey, or with a password and what it asks for besides. */
export function SignInPage({ to, error: refused }: { to: string | undefined; error: string | undefined }) {
  const [brought] = useState(prefill);
  useEffect(dropPrefill, []);
  const [email, setEmail] = useState(brought.email ?? '');
  const [step, setStep] = useState<Step>({ is: 'form' });
  const arrive = useArrive();
  const way = brought.to ?? to;
  if (step.is === 'factor') return <SecondFactorStep challenge={step.challenge} onDone={(answer) => arrive(answer, way)} onBack={() => setStep({ is: 'form' })} />;
  if (step.is === 'mail') return <MailStep email={email} onBack={() => setStep({ is: 'form' })} />;
  const onAnswer = (answer: Schema<'LoginAnswer'>) => {
    if (answer.next === 'second_factor') setStep({ is: 'factor', challenge: answer });
    else arrive(answer, way);
  };
  return <Form email={email} setEmail={setEmail} password={brought.password ?? ''} refused={refused} to={way} onAnswer={onAnswer} onMail={() => setStep({ is: 'mail' })} />;
}

interface FormProps {
  email: string;
  setEmail: (email: string) => void;
  password: string;
  refused: string | undefined;
  to: string | undefined;
  onAnswer: (answer: Schema<'LoginAnswer'>) => void;
  onMail: () => void;
}

function Form({ email, setEmail, password: brought, refused, to, onAnswer, onMail }: FormProps) {
  const t = useTranslations('auth');
  const [password, setPassword] = useState(brought);
  const login = useMutation({
    mutationFn: () => data(api.POST('/api/v1/auth/login', { body: { email: email.trim(), password } })),
    onSuccess: onAnswer,
    onError: (error) => isProblem(error, 'EMAIL_NOT_VERIFIED') && onMail(),
  });
  const [passkeyError, setPasskeyError] = useState<unknown>(null);
  const error = passkeyError ?? login.error;
  const left = useWait(error);
  const offer = usePasskeyOffer(onAnswer, setPasskeyError);
  const passkey = async () => {
    setPasskeyError(null);
    login.reset();
    offer.stop();
    try {
      const answer = await askPasskey(await data(api.POST('/api/v1/auth/passkey')));
      onAnswer(await data(api.POST('/api/v1/auth/passkey/finish', { body: answer })));
    } catch (error) {
      offer.renew();
      throw error;
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setPasskeyError(null);
    login.mutate();
  };
  const onward = to === undefined ? {} : { to };
  return (
    <Stack>
      <DoorTitle title={t('signIn.title')} />
      {refused !== undefined && error === null && <SsoRefusal code={refused} />}
      <DoorProblem error={error} left={left} action={<WayOn error={error} email={email} />} />
      <Stack gap="xs">
        <Providers intent="login" to={to} />
        <PasskeyButton work={passkey} onError={setPasskeyError}>
          {t('signIn.passkey')}
        </PasskeyButton>
      </Stack>
      <Divider label={t('or')} />
      <Stack component="form" onSubmit={submit}>
        <TextInput label={t('email')} type="email" name="email" autoComplete="username webauthn" value={email} onChange={(event) => setEmail(event.currentTarget.value)} onFocus={offer.renew} autoFocus={email === ''} required withAsterisk={false} />
        <PasswordInput
          label={t('passwordLabel')}
          name="password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoFocus={email !== '' && password === ''}
          visibilityToggleButtonProps={{ 'aria-label': t('showPassword') }}
          required
          withAsterisk={false}
        />
        <Button type="submit" loading={login.isPending} disabled={left > 0} autoFocus={email !== '' && password !== ''}>
          {t('signIn.submit')}
        </Button>
      </Stack>
      <Group justify="space-between">
        <Text fz="sm">
          {t('signIn.newHere')}{' '}
          <TextLink to="/app/sign-up" search={onward} fz="sm" underline="always">
            {t('signUpLink')}
          </TextLink>
        </Text>
        <TextLink to="/app/forgot-password" onClick={() => bring({ email })} fz="sm">
          {t('signIn.forgot')}
        </TextLink>
      </Group>
    </Stack>
  );
}

/** Where somebody goes whom the server turned away for a reason that they can mend. */
function WayOn({ error, email }: { error: unknown; email: string }) {
  const t = useTranslations('auth');
  if (isProblem(error, 'PASSWORD_NEEDS_SECOND_FACTOR') || isProblem(error, 'ACCOUNT_LOCKED'))
    return (
      <TextLink to="/app/forgot-password" onClick={() => bring({ email })} fz="sm">
        {isProblem(error, 'ACCOUNT_LOCKED') ? t('signIn.forgot') : t('signIn.resetNow')}
      </TextLink>
    );
  return null;
}

type SsoCode = keyof typeof auth.sso;

/** Why signing in at an organisation did not work. */
function SsoRefusal({ code }: { code: string }) {
  const t = useTranslations('auth.sso');
  const known = code in auth.sso && code === code.toUpperCase() ? (code as Exclude<SsoCode, 'title' | 'code' | 'other'>) : 'other';
  return (
    <Alert color="red" variant="light" title={t('title')} role="alert">
      <Text fz="sm">{t(known)}</Text>
      {/^[A-Z0-9_]{1,60}$/.test(code) && (
        <Text fz="xs" mt={4}>
          {t('code', { code })}
        </Text>
      )}
    </Alert>
  );
}

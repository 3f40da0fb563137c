import { Anchor, Button, Group, Stack, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';
import { DoorProblem } from '../identity/DoorProblem';
import { DoorTitle } from '../identity/DoorTitle';
import { PasskeyButton } from '../identity/PasskeyButton';
import { useWait } from '../identity/wait';
import { askPasskey, isChangeOfMind } from '../identity/webauthn';
import { UNSENT_CODE } from './codes';

interface SecondFactorStepProps {
  challenge: Schema<'ChallengeAnswer'>;
  onDone: (answer: Schema<'SignInAnswer'>) => void;
  /** Back to the password. */
  onBack: () => void;
}

/** The second step of signing in: a code of the app, a recovery code, or a passkey. */
export function SecondFactorStep({ challenge, onDone, onBack }: SecondFactorStepProps) {
  const t = useTranslations('auth');
  const hasApp = challenge.methods.includes('totp');
  const hasPasskey = challenge.methods.includes('passkey');
  const [recovery, setRecovery] = useState(false);
  const [code, setCode] = useState('');
  const { token } = challenge;
  const send = useMutation({
    mutationFn: (given: { code: string } | 'passkey') =>
      given === 'passkey'
        ? data(api.POST('/api/v1/auth/second-factor/passkey', { body: { token } })).then(askPasskey).then((passkey) => data(api.POST('/api/v1/auth/second-factor', { body: { token, passkey } })))
        : data(api.POST('/api/v1/auth/second-factor', { body: { token, code: given.code } })),
    onSuccess: onDone,
    onError: () => setCode(''),
  });
  const error = isChangeOfMind(send.error) ? null : send.error;
  const left = useWait(error);
  const over = isProblem(error, 'SECOND_FACTOR_TOKEN_INVALID');
  const typing = hasApp || recovery;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send.mutate({ code: code.trim() });
  };
  const type = (value: string) => {
    setCode(value);
    // Six digits are whole: an app's code needs no button.
    if (!recovery && UNSENT_CODE.test(value) && left === 0 && !send.isPending) send.mutate({ code: value.replaceAll(' ', '') });
  };
  return (
    <Stack component="form" onSubmit={submit}>
      <DoorTitle title={t('factor.title')} text={t(recovery ? 'factor.recoveryText' : hasApp ? 'factor.appText' : 'factor.passkeyText')} />
      <DoorProblem error={error} left={left} />
      {typing && !over && (
        <TextInput
          key={String(recovery)}
          label={t(recovery ? 'factor.recovery' : 'factor.code')}
          value={code}
          onChange={(event) => type(event.currentTarget.value)}
          autoComplete={recovery ? 'off' : 'one-time-code'}
          inputMode={recovery ? 'text' : 'numeric'}
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          required
          withAsterisk={false}
        />
      )}
      {typing && !over && (
        <Button type="submit" loading={send.isPending} disabled={left > 0}>
          {t('factor.submit')}
        </Button>
      )}
      {hasPasskey && !over && (
        <PasskeyButton work={() => send.mutateAsync('passkey')} onError={() => undefined} disabled={left > 0} loading={send.isPending && send.variables === 'passkey'}>
          {t('factor.usePasskey')}
        </PasskeyButton>
      )}
      <Group justify="space-between">
        <Anchor component="button" type="button" fz="sm" onClick={onBack}>
          {t('backToSignIn')}
        </Anchor>
        {!over && (
          <Anchor
            component="button"
            type="button"
            fz="sm"
            onClick={() => {
              setRecovery(!recovery);
              setCode('');
              send.reset();
            }}
          >
            {recovery ? (hasApp ? t('factor.useApp') : t('factor.usePasskey')) : t('factor.useRecovery')}
          </Anchor>
        )}
      </Group>
    </Stack>
  );
}

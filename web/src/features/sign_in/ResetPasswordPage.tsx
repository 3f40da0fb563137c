import { Button, Stack } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { Problem, isProblem } from '../../api/problem';
import { forget } from '../../api/session';
import { LinkButton, Loaded, TableSkeleton } from '../../ui';
import { DoorProblem } from '../identity/DoorProblem';
import { DoorTitle } from '../identity/DoorTitle';
import { NewPassword } from '../identity/NewPassword';
import { AT_LEAST_WITH_SECOND_FACTOR, couldBeGood } from '../identity/passwordRules';
import { useWait } from '../identity/wait';
import { resetQuery } from './queries';

/** Choosing a new password with the link of a mail. Signing in with it is another step. */
export function ResetPasswordPage({ token }: { token: string }) {
  const look = useQuery(resetQuery(token));
  if (isProblem(look.error) && look.error.status === 401) return <Over error={look.error} />;
  return (
    <Loaded query={look} skeleton={<TableSkeleton rows={3} height={48} />}>
      {({ email_masked, csrf_token }) => <Choose token={token} email={email_masked} csrf={csrf_token} />}
    </Loaded>
  );
}

function Choose({ token, email, csrf }: { token: string; email: string; csrf: string }) {
  const t = useTranslations('auth');
  const queries = useQueryClient();
  const [password, setPassword] = useState('');
  const reset = useMutation({
    mutationFn: () => data(api.POST('/api/v1/auth/reset-password', { headers: { 'X-CSRF-Token': csrf }, body: { token, password } })),
    onSuccess: () => {
      // The session of this browser has ended with all others.
      queries.clear();
      forget();
    },
  });
  const left = useWait(reset.error);
  if (reset.isSuccess)
    return (
      <Stack role="status">
        <DoorTitle title={t('reset.done')} text={t('reset.doneText')} />
        <LinkButton to="/app/sign-in">{t('signInLink')}</LinkButton>
      </Stack>
    );
  if (isProblem(reset.error) && reset.error.status === 401) return <Over error={reset.error} />;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    reset.mutate();
  };
  return (
    <Stack component="form" onSubmit={submit}>
      <DoorTitle title={t('reset.title')} text={t('reset.text', { email })} />
      <DoorProblem error={reset.error} left={left} />
      <NewPassword label={t('newPassword')} value={password} onChange={setPassword} email="" error={reset.error} note={t('password.resetNote')} autoFocus />
      <Button type="submit" loading={reset.isPending} disabled={left > 0 || !couldBeGood(password, '', AT_LEAST_WITH_SECOND_FACTOR)}>
        {t('reset.submit')}
      </Button>
    </Stack>
  );
}

function Over({ error }: { error: Problem }) {
  const t = useTranslations('auth');
  return (
    <Stack>
      <DoorTitle title={t('reset.failed')} />
      <DoorProblem error={error} left={0} />
      <LinkButton to="/app/forgot-password">{t('reset.again')}</LinkButton>
    </Stack>
  );
}

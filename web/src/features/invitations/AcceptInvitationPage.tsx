import { Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState, type FormEvent } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import { begin } from '../../api/session';
import type { Schema } from '../../api/types';
import { Loaded, TableSkeleton, TextLink } from '../../ui';
import { useArrive } from '../identity/arrive';
import { DoorProblem } from '../identity/DoorProblem';
import { DoorTitle } from '../identity/DoorTitle';
import { NewPassword } from '../identity/NewPassword';
import { couldBeGood } from '../identity/passwordRules';
import { bring } from '../identity/prefill';
import { meQuery } from '../identity/queries';
import { signOut } from '../identity/signOut';
import { useWait } from '../identity/wait';
import { invitationQuery, providerUrl } from './queries';

/** What the link of an invitation opens: joining with a new password, with the one from before, or with the session at hand. */
export function AcceptInvitationPage({ token, signedIn }: { token: string; signedIn: boolean }) {
  const t = useTranslations('auth');
  const look = useQuery({ ...invitationQuery(token), enabled: token !== '' });
  const me = useQuery({ ...meQuery, enabled: signedIn, retry: false });
  const elsewhere = look.data === 'elsewhere';
  useEffect(() => {
    if (elsewhere) location.assign(providerUrl(token));
  }, [elsewhere, token]);
  if (token === '') return <DoorTitle title={t('invitation.failed')} text={t('invitation.missing')} />;
  if (isProblem(look.error) && look.error.status < 429 && look.error.status >= 400)
    return (
      <Stack>
        <DoorTitle title={t('invitation.failed')} />
        <DoorProblem error={look.error} left={0} />
        <TextLink to="/app/sign-in" fz="sm">
          {t('backToSignIn')}
        </TextLink>
      </Stack>
    );
  return (
    <Loaded query={look} skeleton={<TableSkeleton rows={3} height={48} />}>
      {(invitation) => {
        if (invitation === 'elsewhere' || (signedIn && me.isPending)) return <TableSkeleton rows={3} height={48} />;
        if (me.data && me.data.email !== invitation.email) return <SomebodyElse invitation={invitation} other={me.data.email} />;
        return <Join token={token} invitation={invitation} isHere={me.data !== undefined} />;
      }}
    </Loaded>
  );
}

interface JoinProps {
  token: string;
  invitation: Schema<'InvitationLook'>;
  isHere: boolean;
}

function Join({ token, invitation, isHere }: JoinProps) {
  const t = useTranslations('auth');
  const navigate = useNavigate();
  const arrive = useArrive();
  const { email, workspace_name: workspace, needs_password: isNew } = invitation;
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const join = useMutation({
    mutationFn: async () => {
      const answer = await data(api.POST('/api/v1/auth/accept-invitation', { body: { token, ...(isHere ? {} : { password }) } }));
      begin(answer);
      const waits = await nameAndVerify(isNew ? name.trim() : '');
      return { answer, waits };
    },
    onSuccess: ({ answer, waits }) => {
      if (waits) void navigate({ to: '/app/verify-email', replace: true });
      else arrive({ ...answer, next: 'workspace' }, '/app');
    },
  });
  const left = useWait(join.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    join.mutate();
  };
  const signIn = (
    <TextLink to="/app/sign-in" search={{ to: `/app/accept-invitation?token=${encodeURIComponent(token)}` }} onClick={() => bring({ email })} fz="sm">
      {t('invitation.signInFirst')}
    </TextLink>
  );
  const asksMore = isProblem(join.error, 'SECOND_FACTOR_REQUIRED');
  return (
    <Stack component="form" onSubmit={submit}>
      <DoorTitle title={t('invitation.title', { workspace })} text={t(isHere ? 'invitation.hereText' : isNew ? 'invitation.newText' : 'invitation.oldText', { email })} />
      <DoorProblem error={join.error} left={left} action={asksMore ? signIn : undefined} />
      {/* For password managers: whose password this is. */}
      {!isHere && <input type="email" name="email" autoComplete="username" value={email} readOnly hidden />}
      {!isHere && isNew && (
        <>
          <TextInput label={t('invitation.name')} description={t('invitation.nameHelp')} autoComplete="name" value={name} onChange={(event) => setName(event.currentTarget.value)} maxLength={100} autoFocus />
          <NewPassword label={t('passwordLabel')} value={password} onChange={setPassword} email={email} error={join.error} />
        </>
      )}
      {!isHere && !isNew && (
        <PasswordInput
          label={t('passwordLabel')}
          name="password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          visibilityToggleButtonProps={{ 'aria-label': t('showPassword') }}
          autoFocus
          required
          withAsterisk={false}
        />
      )}
      <Button type="submit" loading={join.isPending} disabled={left > 0 || (!isHere && isNew && !couldBeGood(password, email))}>
        {t('invitation.join')}
      </Button>
      {!isHere && !isNew && (
        <Text fz="sm">
          <TextLink to="/app/forgot-password" onClick={() => bring({ email })} fz="sm">
            {t('signIn.forgot')}
          </TextLink>
        </Text>
      )}
    </Stack>
  );
}

/** Says the name of somebody who just came; whether they must answer a mail before anything else answers them. */
async function nameAndVerify(name: string): Promise<boolean> {
  try {
    if (name === '') await api.GET('/api/v1/users/me');
    else await api.PATCH('/api/v1/users/me', { body: { name } });
    return false;
  } catch (error) {
    return isProblem(error, 'EMAIL_NOT_VERIFIED');
  }
}

function SomebodyElse({ invitation, other }: { invitation: Schema<'InvitationLook'>; other: string }) {
  const t = useTranslations('auth.invitation');
  const queries = useQueryClient();
  return (
    <Stack>
      <DoorTitle title={t('title', { workspace: invitation.workspace_name })} text={t('otherText', { email: invitation.email, other })} />
      {/* The link as it stands, with nobody signed in. */}
      <Button onClick={() => void signOut(queries).then(() => location.reload())}>{t('signOut')}</Button>
      <TextLink to="/app" fz="sm">
        Millrace
      </TextLink>
    </Stack>
  );
}

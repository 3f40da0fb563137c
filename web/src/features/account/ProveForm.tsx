import { Button, Group, PasswordInput, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState, type FormEvent, type ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';
import { DoorProblem } from '../identity/DoorProblem';
import { useMe } from '../identity/useMe';
import { useWait } from '../identity/wait';
import { isChangeOfMind, passkeysWork } from '../identity/webauthn';
import { meansOf, proofOf, type Means } from './prove';
import { factorsQuery, passkeysQuery } from './queries';

interface ProveFormProps {
  /** What is done with the proof. */
  work: (proof: Schema<'Proof'>) => Promise<unknown>;
  /** What the button says: the deed. */
  action: string;
  danger?: boolean;
  /** What may be shown; all that the person has, unless told. */
  only?: readonly Means[];
  /** Further fields, above. */
  children?: ReactNode;
  /** Further fields are filled in. */
  ready?: boolean;
  onCancel: () => void;
}

/** Asks somebody who is signed in to show once more who they are, then does something with it. */
export function ProveForm({ work, action, danger, only, children, ready = true, onCancel }: ProveFormProps) {
  const t = useTranslations('account.prove');
  const common = useTranslations('common');
  const { me } = useMe();
  const factors = useQuery(factorsQuery);
  const passkeys = useQuery(passkeysQuery);
  const all = meansOf({
    password: me.auth_provider === 'local',
    apps: factors.data?.data.length ?? 0,
    passkeys: passkeys.data?.data.length ?? 0,
    recoveryCodes: factors.data?.recovery_codes_left ?? 0,
    passkeysWork: passkeysWork(),
  });
  const means = only ? all.filter((each) => only.includes(each)) : all;
  const [chosen, choose] = useState<Means>();
  const by = chosen && means.includes(chosen) ? chosen : means[0];
  const [typed, setTyped] = useState('');
  const deed = useMutation({ mutationFn: async () => work(await proofOf(by, typed)), onError: () => by === 'code' && setTyped('') });
  const error = isChangeOfMind(deed.error) ? null : deed.error;
  const left = useWait(error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // A modal is a part of the page's tree: an outer form must not be sent with it.
    event.stopPropagation();
    deed.mutate();
  };
  const wrong = isProblem(error, 'WRONG_PASSWORD') || isProblem(error, 'WRONG_CODE') ? error.detail : undefined;
  const waits = factors.isPending || passkeys.isPending;
  return (
    <Stack component="form" onSubmit={submit}>
      {children}
      {wrong === undefined && <DoorProblem error={error} left={left} />}
      {means.length > 1 && (
        <SegmentedControl
          aria-label={t('with')}
          value={by ?? ''}
          onChange={(value) => {
            choose(value as Means);
            setTyped('');
            deed.reset();
          }}
          data={means.map((each) => ({ value: each, label: t(each === 'password' ? 'byPassword' : each === 'code' ? 'byCode' : 'byPasskey') }))}
        />
      )}
      {by === 'password' && (
        <PasswordInput
          label={t('password')}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          error={wrong}
          autoComplete="current-password"
          visibilityToggleButtonProps={{ 'aria-label': t('showPassword') }}
          data-autofocus={children === undefined || undefined}
          required
          withAsterisk={false}
        />
      )}
      {by === 'code' && (
        <TextInput label={t('code')} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} error={wrong} autoComplete="one-time-code" autoCapitalize="none" spellCheck={false} required withAsterisk={false} />
      )}
      {by === 'passkey' && <Text fz="sm">{t('passkeyText')}</Text>}
      {by === undefined && !waits && <Text fz="sm">{t('nothing')}</Text>}
      <Group justify="flex-end">
        <Button variant="default" onClick={onCancel}>
          {common('cancel')}
        </Button>
        <Button type="submit" {...(danger && { color: 'red' })} loading={deed.isPending} disabled={waits || left > 0 || !ready}>
          {action}
        </Button>
      </Group>
    </Stack>
  );
}

import { Button, Center, Group, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState, type FormEvent } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';
import { CopyField } from '../../ui';
import { DoorProblem } from '../identity/DoorProblem';
import { useWait } from '../identity/wait';
import { ProveForm } from './ProveForm';
import { factorKeys } from './queries';
import { RecoveryCodes } from './RecoveryCodes';

const QrCode = lazy(() => import('./QrCode'));

/** Adds an authenticator app: who asks, the secret, its first code, and the recovery codes that come with the first one. */
export function AddApp({ onClose, onAdded }: { onClose: () => void; onAdded: () => void }) {
  const t = useTranslations('account.factors');
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [app, setApp] = useState<Schema<'EnrolAnswer'>>();
  const [codes, setCodes] = useState<readonly string[]>();
  if (codes) return <RecoveryCodes codes={codes} onKept={onAdded} />;
  if (app) {
    const done = (recovery: readonly string[] | null | undefined) => {
      for (const queryKey of factorKeys) void queries.invalidateQueries({ queryKey });
      if (recovery?.length) setCodes(recovery);
      else onAdded();
    };
    return <ConfirmApp app={app} onDone={done} onCancel={onClose} />;
  }
  const begin = async (proof: Schema<'Proof'>) => setApp(await data(api.POST('/api/v1/users/me/second-factors', { body: { ...proof, ...(name.trim() && { name: name.trim() }) } })));
  return (
    <ProveForm work={begin} action={t('begin')} onCancel={onClose}>
      <Text fz="sm">{t('addText')}</Text>
      <TextInput label={t('name')} placeholder={t('namePlaceholder')} value={name} onChange={(event) => setName(event.currentTarget.value)} maxLength={60} data-autofocus />
    </ProveForm>
  );
}

interface ConfirmAppProps {
  app: Schema<'EnrolAnswer'>;
  onDone: (codes: readonly string[] | null | undefined) => void;
  onCancel: () => void;
}

function ConfirmApp({ app, onDone, onCancel }: ConfirmAppProps) {
  const t = useTranslations('account.factors');
  const common = useTranslations('common');
  const [code, setCode] = useState('');
  const confirm = useMutation({
    mutationFn: () => data(api.POST('/api/v1/users/me/second-factors/{id}/confirm', { params: { path: { id: app.id } }, body: { code: code.replaceAll(' ', '') } })),
    onSuccess: (answer) => onDone(answer.recovery_codes as string[] | null | undefined),
  });
  const left = useWait(confirm.error);
  const wrong = isProblem(confirm.error) && confirm.error.fields.code !== undefined ? confirm.error.detail : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    confirm.mutate();
  };
  return (
    <Stack component="form" onSubmit={submit}>
      <Text fz="sm">{t('scan')}</Text>
      <Center>
        <Suspense fallback={<Skeleton w={216} h={216} />}>
          <QrCode text={app.otpauth_url} label={t('qr')} />
        </Suspense>
      </Center>
      <CopyField label={t('secret')} value={app.secret} />
      {wrong === undefined && <DoorProblem error={confirm.error} left={left} />}
      <TextInput label={t('code')} value={code} onChange={(event) => setCode(event.currentTarget.value)} error={wrong} inputMode="numeric" autoComplete="one-time-code" autoFocus required withAsterisk={false} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onCancel}>
          {common('cancel')}
        </Button>
        <Button type="submit" loading={confirm.isPending} disabled={left > 0}>
          {t('confirm')}
        </Button>
      </Group>
    </Stack>
  );
}

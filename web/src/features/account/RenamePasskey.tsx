import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';
import { ProblemAlert, useDo } from '../../ui';
import { passkeysQuery } from './queries';

/** Another name for a passkey. */
export function RenamePasskey({ passkey, onClose }: { passkey: Schema<'PasskeyEntry'>; onClose: () => void }) {
  const t = useTranslations('account.passkeys');
  const common = useTranslations('common');
  const [name, setName] = useState(passkey.name);
  const rename = useDo({
    work: () => data(api.PATCH('/api/v1/users/me/passkeys/{id}', { params: { path: { id: passkey.id } }, body: { name: name.trim() } })),
    renews: [passkeysQuery.queryKey],
    says: t('renamed'),
    done: onClose,
    quiet: true,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    rename.mutate();
  };
  return (
    <Stack component="form" onSubmit={submit}>
      <ProblemAlert error={rename.error} />
      <TextInput label={t('name')} value={name} onChange={(event) => setName(event.currentTarget.value)} maxLength={60} data-autofocus required withAsterisk={false} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {common('cancel')}
        </Button>
        <Button type="submit" loading={rename.isPending} disabled={name.trim() === ''}>
          {common('save')}
        </Button>
      </Group>
    </Stack>
  );
}

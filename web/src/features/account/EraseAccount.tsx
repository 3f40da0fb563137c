import { TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api } from '../../api/client';
import { forget } from '../../api/session';
import type { Schema } from '../../api/types';
import { ProveForm } from './ProveForm';

/** The last form of an account: the address typed, and who types it. */
export function EraseAccount({ email, onCancel }: { email: string; onCancel: () => void }) {
  const t = useTranslations('account.profile');
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const erase = async (proof: Schema<'Proof'>) => {
    await api.POST('/api/v1/users/me/erase', { body: { ...proof, confirm_email: typed.trim() } });
    queries.clear();
    forget();
    notifications.show({ message: t('erased') });
    await navigate({ to: '/app/sign-in', replace: true });
  };
  return (
    <ProveForm work={erase} action={t('erase')} danger ready={typed.trim().toLowerCase() === email} onCancel={onCancel}>
      <TextInput label={t('eraseWord')} placeholder={email} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} autoComplete="off" data-autofocus required withAsterisk={false} />
    </ProveForm>
  );
}

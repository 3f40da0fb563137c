import { Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';
import { isChangeOfMind, makePasskey } from '../identity/webauthn';
import { ProveForm } from './ProveForm';
import { factorKeys } from './queries';
import { RecoveryCodes } from './RecoveryCodes';

/** Adds a passkey: who asks, the device, and the recovery codes that come with the first second factor. */
export function AddPasskey({ onClose, onAdded }: { onClose: () => void; onAdded: () => void }) {
  const t = useTranslations('account.passkeys');
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [codes, setCodes] = useState<readonly string[]>();
  if (codes) return <RecoveryCodes codes={codes} onKept={onAdded} />;
  const make = async (question: Schema<'QuestionAnswer'>) => {
    try {
      return await makePasskey(question);
    } catch (error) {
      if (isChangeOfMind(error) || !(error instanceof DOMException)) throw error;
      throw new Error(error.name === 'InvalidStateError' ? t('exists') : t('deviceRefused', { reason: error.message }), { cause: error });
    }
  };
  const add = async (proof: Schema<'Proof'>) => {
    const question = await data(api.POST('/api/v1/users/me/passkeys', { body: { ...proof, ...(name.trim() && { name: name.trim() }) } }));
    const added = await data(api.POST('/api/v1/users/me/passkeys/finish', { body: await make(question) }));
    for (const queryKey of factorKeys) void queries.invalidateQueries({ queryKey });
    notifications.show({ message: t('added', { name: added.passkey.name }), color: 'teal' });
    const recovery = added.recovery_codes as string[] | null | undefined;
    if (recovery?.length) setCodes(recovery);
    else onAdded();
  };
  return (
    <ProveForm work={add} action={t('begin')} onCancel={onClose}>
      <Text fz="sm">{t('addText')}</Text>
      <TextInput label={t('name')} placeholder={t('namePlaceholder')} value={name} onChange={(event) => setName(event.currentTarget.value)} maxLength={60} data-autofocus />
    </ProveForm>
  );
}

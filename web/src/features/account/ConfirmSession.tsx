import { Button, Group, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { api } from '../../api/client';
import type { Schema } from '../../api/types';
import { Section } from '../../ui';
import { useMissingStep } from './missingStep';
import { ProveForm } from './ProveForm';

/** For a session that began without a second factor while the person has one: workspaces may ask that it is shown. */
export function ConfirmSession({ onDone }: { onDone: () => void }) {
  const t = useTranslations('account.confirmSession');
  const queries = useQueryClient();
  const step = useMissingStep();
  const [opened, asked] = useDisclosure();
  if (step !== 'show') return null;
  const confirm = async ({ code, passkey }: Schema<'Proof'>) => {
    await api.POST('/api/v1/auth/confirm-session', { body: { ...(code && { code }), ...(passkey && { passkey }) } });
    notifications.show({ message: t('done'), color: 'teal' });
    asked.close();
    // What was refused to this session before is asked anew.
    await queries.invalidateQueries();
    onDone();
  };
  return (
    <Section title={t('title')} description={t('text')}>
      <Group>
        <Button onClick={asked.open}>{t('action')}</Button>
      </Group>
      <Modal opened={opened} onClose={asked.close} title={t('title')}>
        <ProveForm work={confirm} action={t('action')} only={['passkey', 'code']} onCancel={asked.close} />
      </Modal>
    </Section>
  );
}

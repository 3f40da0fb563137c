import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import { ProblemAlert, useDo } from '../../ui';
import { RoleChoice } from '../identity/RoleChoice';

/** Asks for an address and a role, and sends the mail. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations('settings.members');
  const common = useTranslations('common');
  const form = useForm({ initialValues: { email: '', role: 'member' } });
  const send = useDo({
    work: (body: { email: string; role: string }) => data(api.POST('/api/v1/workspace/users/invite', { body })),
    renews: [['invitations']],
    says: (answer) => t('invited', { email: answer.email }),
    quiet: true,
    done: onClose,
  });
  const submit = form.onSubmit((values) => send.mutate(values, { onError: (error) => isProblem(error) && form.setErrors(error.fields) }));
  return (
    <Modal opened onClose={onClose} title={t('inviteTitle')}>
      <form onSubmit={submit}>
        <Stack>
          <Text fz="sm">{t('inviteText')}</Text>
          <TextInput type="email" label={t('email')} required data-autofocus autoComplete="off" {...form.getInputProps('email')} />
          <RoleChoice roles={['admin', 'member', 'viewer', 'billing']} value={form.values.role} onChange={(role) => form.setFieldValue('role', role)} />
          {send.isError && <ProblemAlert error={send.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common('cancel')}
            </Button>
            <Button type="submit" loading={send.isPending}>
              {t('send')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

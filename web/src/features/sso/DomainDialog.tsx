import { Button, Group, Modal, Select, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import { ProblemAlert, useDo } from '../../ui';

/** Adds a domain, and says what its people become. */
export function DomainDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations('settings.sso');
  const roles = useTranslations('settings.members');
  const common = useTranslations('common');
  const form = useForm({ initialValues: { domain: '', join: 'member' } });
  const add = useDo({
    work: ({ domain, join }: typeof form.values) => data(api.POST('/api/v1/workspace/sso/domains', { body: join === 'never' ? { domain, auto_join: false } : { domain, auto_join: true, default_role: join } })),
    renews: [['sso']],
    says: t('added'),
    quiet: true,
    done: onClose,
  });
  const submit = form.onSubmit((values) => add.mutate(values, { onError: (error) => isProblem(error) && form.setErrors(error.fields) }));
  return (
    <Modal opened onClose={onClose} title={t('addTitle')}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput label={t('domain')} description={t('domainText')} required data-autofocus autoComplete="off" spellCheck={false} {...form.getInputProps('domain')} />
          <Select
            label={t('autoJoin')}
            description={t('autoJoinText')}
            allowDeselect={false}
            data={[...(['member', 'viewer', 'billing'] as const).map((role) => ({ value: role, label: t('joinRole', { role: roles(`roles.${role}`) }) })), { value: 'never', label: t('joinNever') }]}
            {...form.getInputProps('join')}
          />
          {add.isError && <ProblemAlert error={add.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common('cancel')}
            </Button>
            <Button type="submit" loading={add.isPending}>
              {t('add')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

import { Button, Checkbox, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';
import { ProblemAlert, SecretOnce, useDo } from '../../ui';
import { dayFrom, endsAfter, endsOn, LONGEST } from './state';

type Scope = Schema<'Scope'>;
const scopes: readonly Scope[] = ['deploy', 'runs', 'workflows_read', 'workflows_write', 'admin', 'read_only'];
const lives = ['30', '90', '365'] as const;

/** Makes a key and shows it this once. */
export function KeyDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations('settings.apiKeys');
  const common = useTranslations('common');
  const form = useForm<{ name: string; permissions: Scope[]; lives: string; day: string }>({
    initialValues: { name: '', permissions: [], lives: '90', day: dayFrom(90, new Date()) },
    validate: { permissions: (value) => (value.length === 0 ? t('scopesNone') : null) },
  });
  const make = useDo({
    work: (body: Schema<'CreateApiKey'>) => data(api.POST('/api/v1/api-keys', { body })),
    renews: [['api-keys']],
    quiet: true,
  });
  const submit = form.onSubmit(({ name, permissions, lives, day }) => {
    const expires_at = lives === 'date' ? endsOn(day) : endsAfter(lives === 'never' ? undefined : Number(lives), new Date());
    make.mutate({ name, permissions, expires_at }, { onError: (error) => isProblem(error) && form.setErrors(error.fields) });
  });
  if (make.data)
    return (
      <Modal opened onClose={onClose} title={t('createdTitle', { name: make.data.name })} closeOnClickOutside={false} closeOnEscape={false} withCloseButton={false}>
        <Stack>
          <SecretOnce label={t('value')} value={make.data.key} />
          <Text fz="sm">{t('createdText')}</Text>
          <Group justify="flex-end">
            <Button onClick={onClose}>{t('done')}</Button>
          </Group>
        </Stack>
      </Modal>
    );
  return (
    <Modal opened onClose={onClose} title={t('createTitle')}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput label={t('name')} description={t('nameText')} required maxLength={255} data-autofocus autoComplete="off" {...form.getInputProps('name')} />
          <Checkbox.Group label={t('scopes')} description={t('scopesText')} {...form.getInputProps('permissions')}>
            <Stack gap="sm" mt="xs">
              {scopes.map((scope) => (
                <Checkbox key={scope} value={scope} label={t(`scopeNames.${scope}`)} description={t(`scopeTexts.${scope}`)} />
              ))}
            </Stack>
          </Checkbox.Group>
          <Group grow align="flex-start">
            <Select
              label={t('ends')}
              allowDeselect={false}
              data={[...lives.map((value) => ({ value, label: t('endsIn', { days: Number(value) }) })), { value: 'date', label: t('endsOn') }, { value: 'never', label: t('endsNever') }]}
              {...form.getInputProps('lives')}
            />
            {form.values.lives === 'date' && <TextInput type="date" label={t('endsDate')} description={t('endsDateText')} required min={dayFrom(0, new Date())} max={dayFrom(LONGEST - 1, new Date())} {...form.getInputProps('day')} />}
          </Group>
          {make.isError && <ProblemAlert error={make.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common('cancel')}
            </Button>
            <Button type="submit" loading={make.isPending}>
              {t('create')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

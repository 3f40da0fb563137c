import { Button, Group, NumberInput, Select, SimpleGrid, Stack, Switch, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';
import { ProblemAlert, Section, useDo } from '../../ui';
import { changesOf, formOf } from './changes';

const zones = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];
const currencies = Intl.supportedValuesOf('currency');

/** What the workspace is called, its clock, and how people come in. */
export function WorkspaceForms({ settings }: { settings: Schema<'SettingsAnswer'> }) {
  const t = useTranslations('settings.workspace');
  const common = useTranslations('common');
  const form = useForm({ initialValues: formOf(settings) });
  const save = useDo({
    work: () => data(api.PATCH('/api/v1/workspace', { body: changesOf(formOf(settings), form.values) })),
    renews: [['workspace'], ['workspaces']],
    says: t('saved'),
    quiet: true,
    done: (answer) => {
      form.setInitialValues(formOf(answer));
      form.setValues(formOf(answer));
    },
  });
  const submit = form.onSubmit(() => save.mutate(undefined, { onError: (error) => isProblem(error) && form.setErrors(error.fields) }));
  const with_ = (value: string, all: string[]) => (all.includes(value) ? all : [value, ...all]);
  return (
    <form onSubmit={submit}>
      <Stack gap="lg">
        <Section title={t('general')}>
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <TextInput label={t('name')} required maxLength={100} autoComplete="off" {...form.getInputProps('workspace_name')} />
            <TextInput label={t('slug')} description={t('slugText')} required minLength={3} maxLength={30} autoComplete="off" spellCheck={false} {...form.getInputProps('workspace_slug')} />
            <Select label={t('timezone')} description={t('timezoneText')} searchable allowDeselect={false} limit={100} data={with_(settings.timezone, zones)} {...form.getInputProps('timezone')} />
            <Select label={t('currency')} searchable allowDeselect={false} data={with_(settings.currency, currencies)} {...form.getInputProps('currency')} />
          </SimpleGrid>
        </Section>
        <Section title={t('signIn')} description={t('signInText')}>
          <Stack>
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <Select
                label={t('authMode')}
                description={form.values.auth_mode === 'sso_only' ? t('ssoOnlyText') : undefined}
                allowDeselect={false}
                data={(['default', 'mixed', 'local_only', 'sso_only'] as const).map((value) => ({ value, label: t(`auth.${value}`) }))}
                {...form.getInputProps('auth_mode')}
              />
              <Select
                label={t('verification')}
                allowDeselect={false}
                data={[
                  { value: 'default', label: t('asInstallation') },
                  { value: 'yes', label: t('required') },
                  { value: 'no', label: t('notRequired') },
                ]}
                {...form.getInputProps('email_verification')}
              />
              <NumberInput label={t('retention')} description={t('retentionText')} min={30} max={3650} allowDecimal={false} {...form.getInputProps('audit_retention_days')} />
            </SimpleGrid>
            <Switch label={t('secondFactor')} description={t('secondFactorText')} {...form.getInputProps('require_second_factor', { type: 'checkbox' })} />
          </Stack>
        </Section>
        {save.isError && <ProblemAlert error={save.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>
            {common('save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

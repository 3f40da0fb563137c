import { Button, Checkbox, Group, PasswordInput, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';
import { CopyField, ProblemAlert, Section, useConfirm, useDo } from '../../ui';

/** The provider: what it is told, and what it must be told. */
export function ProviderForm({ provider }: { provider: Schema<'SsoAnswer'> | null }) {
  const t = useTranslations('settings.sso');
  const confirm = useConfirm();
  const form = useForm({ initialValues: { name: provider?.name ?? '', issuer: provider?.issuer ?? '', client_id: provider?.client_id ?? '', client_secret: '', drop: false } });
  const save = useDo({
    work: ({ client_secret, drop, ...rest }: typeof form.values) =>
      // Absent keeps the stored secret, an empty one forgets it.
      data(api.PUT('/api/v1/workspace/sso', { body: { ...rest, ...(client_secret !== '' ? { client_secret } : drop ? { client_secret: '' } : {}) } })),
    renews: [['sso']],
    says: t('saved'),
    quiet: true,
    done: () => form.setValues({ client_secret: '', drop: false }),
  });
  const remove = useDo({ work: () => api.DELETE('/api/v1/workspace/sso'), renews: [['sso']], says: t('removed'), done: () => form.setValues({ name: '', issuer: '', client_id: '', client_secret: '', drop: false }) });
  const submit = form.onSubmit((values) => save.mutate(values, { onError: (error) => isProblem(error) && form.setErrors(error.fields) }));
  return (
    <Section title={t('provider')} description={provider ? undefined : t('providerNone')}>
      <form onSubmit={submit}>
        <Stack>
          {provider && (
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <CopyField label={t('redirect')} description={t('redirectText')} value={provider.redirect_uri} />
              <CopyField label={t('login')} description={t('loginText')} value={provider.login_url} />
            </SimpleGrid>
          )}
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <TextInput label={t('name')} description={t('nameText')} required maxLength={100} autoComplete="off" {...form.getInputProps('name')} />
            <TextInput type="url" label={t('issuer')} description={t('issuerText')} required autoComplete="off" spellCheck={false} {...form.getInputProps('issuer')} />
            <TextInput label={t('clientId')} required autoComplete="off" spellCheck={false} {...form.getInputProps('client_id')} />
            <PasswordInput label={t('clientSecret')} description={provider?.has_client_secret ? t('clientSecretKept') : t('clientSecretNone')} autoComplete="off" {...form.getInputProps('client_secret')} inputWrapperOrder={['label', 'input', 'description', 'error']} />
          </SimpleGrid>
          {provider?.has_client_secret && <Checkbox label={t('dropSecret')} {...form.getInputProps('drop', { type: 'checkbox' })} />}
          <Text fz="sm" c="dimmed">
            {t('rules')}
          </Text>
          {save.isError && <ProblemAlert error={save.error} />}
          <Group justify="space-between">
            {provider ? (
              <Button
                variant="default"
                loading={remove.isPending}
                onClick={async () => (await confirm({ title: t('removeTitle', { name: provider.name }), text: t('removeText'), action: t('remove'), danger: true })) && remove.mutate()}
              >
                {t('remove')}
              </Button>
            ) : (
              <span />
            )}
            <Button type="submit" loading={save.isPending}>
              {t('save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}

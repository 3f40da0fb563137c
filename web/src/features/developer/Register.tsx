import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';
import { ProblemAlert, useDo } from '../../ui';
import { profileQuery } from './queries';

type Profile = Schema<'DeveloperAnswer'>;

/** Opens what the workspace says of itself as a developer. Nothing while that is not known, or is nobody's business. */
export function RegisterButton({ variant = 'default' }: { variant?: string }) {
  const t = useTranslations('developer.list');
  const { data: profile } = useQuery(profileQuery);
  const [opened, { open, close }] = useDisclosure(false);
  if (!profile) return null;
  return (
    <>
      <Button variant={variant} onClick={open}>
        {profile.is_registered ? t('changeProfile') : t('register')}
      </Button>
      <Modal opened={opened} onClose={close} title={profile.is_registered ? t('profileTitle') : t('registerTitle')}>
        <ProfileForm profile={profile} onDone={close} />
      </Modal>
    </>
  );
}

function ProfileForm({ profile, onDone }: { profile: Profile; onDone: () => void }) {
  const t = useTranslations('developer.list');
  const c = useTranslations('common');
  const kept = (field: 'website' | 'contact_email' | 'payout_account', value: string) => (value.trim() === '' && profile[field] ? t('cannotRemove') : null);
  const form = useForm({
    initialValues: { name: profile.name ?? '', website: profile.website ?? '', contact_email: profile.contact_email ?? '', payout_account: profile.payout_account ?? '' },
    validate: {
      name: (value) => (value.trim() === '' || value.length > 100 ? t('needName') : null),
      website: (value) => kept('website', value) ?? (value !== '' && !value.startsWith('https://') ? t('needHttps') : null),
      contact_email: (value) => kept('contact_email', value) ?? (value !== '' && !/^\S+@\S+$/.test(value) ? t('needEmail') : null),
      payout_account: (value) => kept('payout_account', value),
    },
  });
  const save = useDo({
    work: (values: typeof form.values) => {
      // What is not given stays unsaid.
      const body = Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== '')) as Schema<'DeveloperRequest'>;
      return profile.is_registered ? data(api.PATCH('/api/developer/me', { body })) : data(api.POST('/api/developer/register', { body }));
    },
    renews: [profileQuery.queryKey],
    says: profile.is_registered ? c('saved') : t('registered'),
    done: onDone,
    quiet: true,
  });
  const submit = form.onSubmit((values) => save.mutate(values, { onError: (error) => isProblem(error) && form.setErrors(error.fields) }));
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {!profile.is_registered && <Text fz="sm">{t('registerText')}</Text>}
        <TextInput label={t('profileName')} required maxLength={100} data-autofocus {...form.getInputProps('name')} />
        <TextInput label={t('profileWebsite')} type="url" placeholder="https://" {...form.getInputProps('website')} />
        <TextInput label={t('profileEmail')} type="email" {...form.getInputProps('contact_email')} />
        <TextInput label={t('profilePayout')} description={t('profilePayoutHint')} {...form.getInputProps('payout_account')} />
        <ProblemAlert error={save.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            {c('cancel')}
          </Button>
          <Button type="submit" loading={save.isPending}>
            {profile.is_registered ? c('save') : t('register')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

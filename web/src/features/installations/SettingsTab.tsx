import { Alert, Button, Checkbox, Group, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import { ProblemAlert, Section, useConfirm, useDo } from '../../ui';
import { useMe } from '../identity/useMe';
import { renewed, useActivate, useChange, usePause } from './deeds';
import type { Installation } from './queries';

/** Name, state, end. */
export function SettingsTab({ installation }: { installation: Installation }) {
  const t = useTranslations('installation');
  const { edits } = useMe();
  if (!edits) return <Alert variant="light">{t('readOnly')}</Alert>;
  return (
    <Stack gap="lg">
      {installation.status !== 'uninstalled' && <Rename installation={installation} />}
      {(installation.status === 'active' || installation.status === 'paused') && <State installation={installation} />}
      <Removal installation={installation} />
    </Stack>
  );
}

function Rename({ installation }: { installation: Installation }) {
  const t = useTranslations('installation');
  const common = useTranslations('common');
  const change = useChange(installation.id, t('renamed'));
  const form = useForm({ initialValues: { name: installation.name }, validate: { name: (name) => (name.trim() ? null : t('nameMissing')) } });
  return (
    <Section title={t('rename')} description={t('renameText')}>
      <form onSubmit={form.onSubmit(({ name }) => change.mutate({ name: name.trim() }, { onError: (error) => isProblem(error) && form.setErrors(error.errors.length > 0 ? error.fields : { name: error.detail }) }))}>
        <Group align="flex-start" gap="xs">
          <TextInput aria-label={t('rename')} maxLength={200} style={{ flex: '0 1 360px' }} {...form.getInputProps('name')} />
          <Button type="submit" loading={change.isPending} disabled={form.values.name.trim() === installation.name}>{common('save')}</Button>
        </Group>
      </form>
    </Section>
  );
}

function State({ installation }: { installation: Installation }) {
  const t = useTranslations('installation');
  const confirm = useConfirm();
  const pause = usePause(installation.id);
  const activate = useActivate(installation.id);
  const isActive = installation.status === 'active';
  const ask = async () => {
    if (await confirm({ title: t('pauseTitle'), text: t('pauseText'), action: t('pause') })) pause.mutate();
  };
  return (
    <Section title={t('state')} description={isActive ? t('activeText') : t('pausedText')}>
      <Stack gap="sm" align="flex-start">
        {isActive ? (
          <Button variant="default" onClick={() => void ask()} loading={pause.isPending}>{t('pause')}</Button>
        ) : (
          <Button onClick={() => activate.mutate()} loading={activate.isPending}>{t('resume')}</Button>
        )}
        <ProblemAlert error={activate.error} />
      </Stack>
    </Section>
  );
}

function Removal({ installation }: { installation: Installation }) {
  const t = useTranslations('installation');
  const confirm = useConfirm();
  const navigate = useNavigate();
  const [force, setForce] = useState(false);
  const isGone = installation.status === 'uninstalled';
  const remove = useDo({
    work: async (permanent: boolean) => {
      const query = permanent ? { permanent: true, ...(force && { force: true }) } : {};
      return (await data(api.DELETE('/api/installations/{id}', { params: { path: { id: installation.id }, query } }))) ?? null;
    },
    quiet: true,
    renews: [...renewed(installation.id).slice(1), ['workflows']],
    says: (answer) => (answer ? t('erasing') : t('erased')),
    done: () => void navigate({ to: '/app/workflows' as string }),
  });
  const uninstall = useDo({
    work: () => api.DELETE('/api/installations/{id}', { params: { path: { id: installation.id } } }),
    renews: [...renewed(installation.id), ['workflows']],
    says: t('uninstalledSaid'),
  });
  const ask = async () => {
    if (await confirm({ title: t('uninstallTitle', { name: installation.name }), text: t('uninstallText'), action: t('uninstall'), danger: true })) uninstall.mutate();
  };
  const askErase = async () => {
    if (await confirm({ title: t('eraseTitle', { name: installation.name }), text: t('eraseText'), action: t('erase'), danger: true, word: installation.name })) remove.mutate(true);
  };
  return (
    <Section title={t('danger')}>
      <Stack gap="lg">
        {!isGone && (
          <Group justify="space-between" gap="sm">
            <Text fz="sm" style={{ flex: '1 1 280px' }}>{t('uninstallText')}</Text>
            <Button color="red" variant="outline" onClick={() => void ask()} loading={uninstall.isPending}>{t('uninstall')}</Button>
          </Group>
        )}
        <Group justify="space-between" gap="sm" align="flex-start">
          <Stack gap="xs" style={{ flex: '1 1 280px' }}>
            <Text fz="sm">{t('eraseText')}</Text>
            <Checkbox label={t('eraseForce')} checked={force} onChange={(event) => setForce(event.currentTarget.checked)} />
          </Stack>
          <Button color="red" onClick={() => void askErase()} loading={remove.isPending}>{t('erase')}</Button>
        </Group>
        <ProblemAlert error={remove.error} />
      </Stack>
    </Section>
  );
}

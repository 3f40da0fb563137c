import { Button, Collapse, Group, Modal, NumberInput, Select, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';
import { ProblemAlert, SecretOnce, useDo } from '../../ui';
import { ChannelFields } from './ChannelFields';
import { changedAlert, draftOf, fresh, metrics, newAlert, ops, presets, unitOf, wrongs, type Draft } from './model';

type Alert = Schema<'AlertAnswer'>;

interface AlertFormProps {
  workflowId: string;
  alert: Alert | undefined;
  onClose: () => void;
}

/** Writes a rule, or changes one. Secrets of new webhooks are shown once, after it is saved. */
export function AlertForm({ workflowId, alert, onClose }: AlertFormProps) {
  const t = useTranslations('analytics.alerts');
  const common = useTranslations('common');
  const [more, setMore] = useState(alert !== undefined);
  const form = useForm<Draft>({
    initialValues: alert ? draftOf(alert) : { ...fresh },
    validate: (draft) => Object.fromEntries(Object.entries(wrongs(draft)).map(([field, wrong]) => [field, t(`wrong_${wrong}`)])),
  });
  const save = useDo<Draft, Alert>({
    work: (draft) =>
      alert
        ? data(api.PATCH('/api/workflows/{id}/alerts/{alert}', { params: { path: { id: workflowId, alert: alert.id } }, body: changedAlert(draft, alert) }))
        : data(api.POST('/api/workflows/{id}/alerts', { params: { path: { id: workflowId } }, body: newAlert(draft) })),
    renews: [['alerts', workflowId]],
    says: alert ? t('changed') : t('created'),
    quiet: true,
    done: (made) => {
      if (!made.channels.some((channel) => channel.secret)) onClose();
    },
  });
  const secrets = save.data?.channels.filter((channel) => channel.secret) ?? [];
  const title = alert ? t('edit', { name: alert.name }) : t('create');
  if (secrets.length > 0) {
    return (
      <Modal opened onClose={onClose} title={title} size="lg" closeOnClickOutside={false}>
        <Stack gap="md">
          <Text fz="sm">{t('secretText')}</Text>
          {secrets.map((channel) => (
            <SecretOnce key={channel.id} label={t('secret', { host: channel.host ?? '' })} value={channel.secret ?? ''} />
          ))}
          <Group justify="flex-end">
            <Button onClick={onClose}>{t('done')}</Button>
          </Group>
        </Stack>
      </Modal>
    );
  }
  const { rule, metric } = form.values;
  const submit = (draft: Draft) =>
    save.mutate(draft, {
      onError: (error) => isProblem(error) && form.setErrors(Object.fromEntries(Object.entries(error.fields).map(([field, message]) => [fieldOf[field] ?? field.replace(/\[(\d+)\]/g, '.$1'), message]))),
    });
  const hint = { share: t('valueShare'), count: t('valueCount'), time: t('valueTime') }[unitOf[metric]];
  return (
    <Modal opened onClose={onClose} title={title} size="lg">
      <form onSubmit={form.onSubmit(submit, (errors) => ['window', 'cooldown', 'minRuns'].some((field) => field in errors) && setMore(true))}>
        <Stack gap="md">
          <TextInput label={t('name')} placeholder={t('namePlaceholder')} maxLength={100} data-autofocus required withAsterisk={false} {...form.getInputProps('name')} />
          {!alert && <Select label={t('rule')} allowDeselect={false} data={[...presets.map((each) => ({ value: each, label: t(`rule_${each}`) })), { value: 'own', label: t('rule_own') }]} {...form.getInputProps('rule')} />}
          {rule === 'own' && (
            <Group align="flex-start" gap="xs" grow preventGrowOverflow={false}>
              <Select label={t('metric')} allowDeselect={false} data={metrics.map((each) => ({ value: each, label: t(`metric_${each}`) }))} {...form.getInputProps('metric')} />
              <Select label={t('op')} allowDeselect={false} data={ops.map((each) => ({ value: each, label: t(`op_${each}`) }))} {...form.getInputProps('op')} />
              <TextInput label={t('value')} description={hint} inputWrapperOrder={['label', 'input', 'error', 'description']} {...form.getInputProps('value')} />
            </Group>
          )}
          <ChannelFields form={form} />
          <Group>
            <Button variant="subtle" size="compact-sm" aria-expanded={more} onClick={() => setMore(!more)}>{t('more')}</Button>
          </Group>
          <Collapse expanded={more}>
            <Stack gap="md">
              <Group align="flex-start" gap="xs" grow preventGrowOverflow={false}>
                <TextInput label={t('window')} description={t('windowText')} inputWrapperOrder={['label', 'input', 'error', 'description']} {...form.getInputProps('window')} />
                <NumberInput label={t('minRuns')} description={t('minRunsText')} inputWrapperOrder={['label', 'input', 'error', 'description']} min={1} allowDecimal={false} {...form.getInputProps('minRuns')} />
                <TextInput label={t('cooldown')} description={t('cooldownText')} inputWrapperOrder={['label', 'input', 'error', 'description']} {...form.getInputProps('cooldown')} />
              </Group>
              <Switch label={t('enabled')} {...form.getInputProps('enabled', { type: 'checkbox' })} />
            </Stack>
          </Collapse>
          <ProblemAlert error={save.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{common('cancel')}</Button>
            <Button type="submit" loading={save.isPending}>{alert ? common('save') : t('create')}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** Where the API's fields stand in this form. */
const fieldOf: Record<string, string> = { condition: 'value', min_runs: 'minRuns' };

import { Autocomplete, Button, Group, Modal, PasswordInput, SegmentedControl, Select, Stack, TagsInput, Text, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import { CopyField, ProblemAlert, useDo } from '../../ui';
import { blank, changeOf, creationOf, fieldsOf, isSecret, wrongIn, type AppValues, type Kind } from './appForm';
import { appsQuery, place, servicesQuery, workflowsQuery, type OAuthApp } from './queries';

const kinds: readonly Kind[] = ['oauth', 's2s', 'static'];

/** Brings an app here, or changes one that is. */
export function AppDialog({ app, onClose }: { app: OAuthApp | 'new' | undefined; onClose: () => void }) {
  const t = useTranslations('developer.oauthApps');
  const known = app === 'new' ? undefined : app;
  return (
    <Modal opened={app !== undefined} onClose={onClose} title={known ? t('changeTitle', { provider: known.provider }) : t('addTitle')} size="lg">
      {app && <AppForm key={known?.id ?? ''} known={known} onClose={onClose} />}
    </Modal>
  );
}

function AppForm({ known, onClose }: { known: OAuthApp | undefined; onClose: () => void }) {
  const t = useTranslations('developer.oauthApps');
  const c = useTranslations('common');
  const { data: workflows } = useQuery({ ...workflowsQuery, enabled: !known });
  const { data: services } = useQuery({ ...servicesQuery, enabled: !known });
  const form = useForm<AppValues>({
    initialValues: known ? { ...blank, provider: known.provider, kind: known.kind, client_id: known.client_id, scopes: known.scopes } : blank,
    validate: (values) => Object.fromEntries(Object.entries(wrongIn(values, known !== undefined)).map(([field, rule]) => [field, t(rule)])),
  });
  const save = useDo({
    work: (values: AppValues) =>
      known
        ? data(api.PATCH('/api/developer/oauth-apps/{provider}', { params: place(known), body: changeOf(known, values) }))
        : data(api.POST('/api/developer/oauth-apps', { body: creationOf(values) })),
    renews: [appsQuery.queryKey],
    says: known ? t('changed') : t('added'),
    done: onClose,
    quiet: true,
  });
  const { kind, provider } = form.values;
  const fields = fieldsOf[kind].map((field) => {
    const masked = known?.secrets[field];
    const description = masked ? t('keepSecret', { masked }) : field === 'webhook_secret' ? t('webhookHint') : field === 'client_id' && known ? t('anotherClient') : undefined;
    const Input = isSecret(field) ? PasswordInput : TextInput;
    return <Input key={field} label={t(`fields.${field}`)} description={description} autoComplete="off" required={!known && kind !== 'static' && field !== 'webhook_secret'} {...form.getInputProps(field)} />;
  });
  // What stands at a field is said there.
  const isAtFields = isProblem(save.error) && save.error.errors.length > 0 && save.error.errors.every(({ field }) => field === 'provider' || fieldsOf[kind].some((each) => each === field));
  const submit = form.onSubmit((values) => save.mutate(values, { onError: (error) => isProblem(error) && form.setErrors(error.fields) }));
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {!known && (
          <>
            <Autocomplete label={t('provider')} description={t('providerHint')} required data={services ?? []} data-autofocus {...form.getInputProps('provider')} />
            <Select
              label={t('workflow')}
              data={[{ value: '', label: t('allWorkflows') }, ...(workflows?.data ?? []).map(({ id, name, slug }) => ({ value: id, label: name || slug }))]}
              allowDeselect={false}
              searchable
              {...form.getInputProps('workflow')}
            />
            <Stack gap={6}>
              <Text fz="sm" fw={500} id="app-kind">
                {t('kind')}
              </Text>
              <SegmentedControl
                aria-labelledby="app-kind"
                orientation="horizontal"
                fullWidth
                data={kinds.map((value) => ({ value, label: <span style={{ whiteSpace: 'normal' }}>{t(`kinds.${value}`)}</span> }))}
                {...form.getInputProps('kind')}
              />
            </Stack>
            {kind === 'oauth' && provider.trim() !== '' && (
              <CopyField label={t('redirectUri')} description={t('redirectBefore')} value={`${location.origin}/api/oauth/${encodeURIComponent(provider.trim().toLowerCase())}/callback`} />
            )}
          </>
        )}
        {kind === 'static' && <Text fz="sm">{t('eitherKey')}</Text>}
        {fields}
        {kind === 'oauth' && <TagsInput label={t('scopesField')} description={t('scopesHint')} splitChars={[',', ' ']} {...form.getInputProps('scopes')} />}
        <Textarea label={t('otherFields')} description={t('otherFieldsHint')} autosize minRows={1} maxRows={6} autoComplete="off" spellCheck={false} {...form.getInputProps('others')} />
        {!isAtFields && <ProblemAlert error={save.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {c('cancel')}
          </Button>
          <Button type="submit" loading={save.isPending} disabled={known !== undefined && !form.isDirty()}>
            {known ? c('save') : t('add')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

import { Button, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import { ProblemAlert, useDo } from '../../ui';
import { empty, filled, type Connector, type Way } from './ways';

/** Connects with what somebody enters: a token, a key, an app's credentials. It is sealed and never shown again. */
export function FieldsForm({ connector, way, onDone }: { connector: Connector; way: Way; onDone: () => void }) {
  const t = useTranslations('connections');
  const common = useTranslations('common');
  const [name, setName] = useState('');
  const [values, setValues] = useState<Record<string, string>>({});
  const [missing, setMissing] = useState<readonly string[]>([]);
  const create = useDo({
    work: (fields: Record<string, string>) => data(api.POST('/api/connections', { body: { service: connector.service, fields: fields as Record<string, never>, ...(name.trim() && { name: name.trim() }) } })),
    renews: [['connections']],
    says: (made) => t('came', { name: made.name }),
    quiet: true,
    done: onDone,
  });
  const problem = isProblem(create.error) ? create.error : undefined;
  const { fields } = way;
  const errors: Record<string, string> = problem?.fields ?? {};
  const errorOf = (field: string) => (missing.includes(field) && !values[field]?.trim() ? t('required') : errors[`fields.${field}`]);
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const left = empty(values, fields);
        setMissing(left);
        if (left.length === 0) create.mutate(filled(values, fields));
      }}
    >
      <Stack gap="md">
        {way.help && <Text fz="sm">{way.help}</Text>}
        {fields.map((field) => {
          const props = {
            label: field.title, description: field.help || undefined, required: !field.optional, value: values[field.name] ?? '', error: errorOf(field.name), autoComplete: 'off', spellCheck: false,
            ...(field.optional && { placeholder: common('optional') }),
          };
          const change = (value: string) => setValues({ ...values, [field.name]: value });
          return !field.secret ? (
            <TextInput key={field.name} {...props} onChange={(event) => change(event.currentTarget.value)} />
          ) : (
            <PasswordInput key={field.name} {...props} onChange={(event) => change(event.currentTarget.value)} visibilityToggleButtonProps={{ 'aria-label': common('show') }} />
          );
        })}
        <TextInput label={t('name')} description={t('nameText')} placeholder={connector.title} value={name} onChange={(event) => setName(event.currentTarget.value)} maxLength={100} error={errors.name ?? errors.service} />
        <ProblemAlert error={create.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={create.isPending}>{t('connect')}</Button>
        </Group>
      </Stack>
    </form>
  );
}

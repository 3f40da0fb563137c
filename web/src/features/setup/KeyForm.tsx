import { Button, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';
import { ProblemAlert, useDo } from '../../ui';
import { isOpenField, withMissing } from './keyFields';

/** Connects an account by what its owner copied from the service. Which fields that is, the server says when one is missing. */
export function KeyForm({ service, title, installationId, onDone }: { service: string; title: string; installationId: string; onDone: () => void }) {
  const t = useTranslations('setup');
  const [fields, setFields] = useState<Record<string, string>>({ access_token: '' });
  const [name, setName] = useState('');
  const [wrong, setWrong] = useState<Record<string, string>>({});
  // The account, where only linking it failed: trying again makes no second one.
  const [made, setMade] = useState<string>();
  const connect = useDo({
    work: async () => {
      const id = made ?? (await make());
      setMade(id);
      return data(api.PATCH('/api/installations/{id}', { params: { path: { id: installationId } }, body: { connections: { [service]: id } as Schema<'ChangeRequest'>['connections'] } }));
    },
    renews: [['installations'], ['connections']],
    quiet: true,
    done: onDone,
  });
  const make = async () => {
    const filled = Object.fromEntries(Object.entries(fields).filter(([, value]) => value.trim() !== ''));
    const answer = await data(api.POST('/api/connections', { body: { service, ...(name.trim() ? { name: name.trim() } : {}), fields: filled as Schema<'CreateConnection'>['fields'] } }));
    return answer.id;
  };
  const submit = () =>
    connect.mutate(undefined, {
      onError: (error) => {
        if (!isProblem(error)) return;
        if (error.code === 'MISSING_FIELD') setFields((fields) => withMissing(fields, error.errors.map((each) => each.field)));
        setWrong(Object.fromEntries(error.errors.map((each) => [each.field.replace(/^fields\./, ''), each.message])));
      },
    });
  const isAsked = isProblem(connect.error, 'MISSING_FIELD');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack gap="sm">
        <Text fz="sm" c="dimmed">
          {isAsked ? t('moreFields', { service: title }) : t('keyHint', { service: title })}
        </Text>
        {Object.entries(fields).map(([key, value]) => {
          const Control = isOpenField(key) ? TextInput : PasswordInput;
          return (
            <Control
              key={key}
              label={key === 'access_token' && Object.keys(fields).length === 1 ? t('accessToken') : labelOf(key)}
              value={value}
              error={value.trim() === '' || !isAsked ? wrong[key] : undefined}
              autoComplete="off"
              onChange={(event) => {
                setMade(undefined);
                setFields((now) => ({ ...now, [key]: event.target.value }));
              }}
            />
          );
        })}
        <TextInput label={t('label')} description={t('labelHint')} value={name} onChange={(event) => setName(event.currentTarget.value)} placeholder={title} maxLength={100} />
        {!isAsked && <ProblemAlert error={connect.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={connect.isPending} disabled={Object.values(fields).every((value) => value.trim() === '')}>
            {t('saveKey')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** `account_sid` → `Account sid`: fields bear the names that the service gives them. */
export function labelOf(name: string): string {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

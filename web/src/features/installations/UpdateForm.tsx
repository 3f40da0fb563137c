import { Button, Group, Modal, Select, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';
import { ProblemAlert, useDo } from '../../ui';
import { answered, questions, type Asking } from './answers';
import { renewed } from './deeds';
import { accountsQuery, type Installation } from './queries';
import { VersionChanges } from './VersionChanges';

interface UpdateFormProps {
  installation: Installation;
  info: Schema<'VersionInfoAnswer'>;
  /** As people call it. */
  version: string;
  /** What the API is told of it, where it is not the offered one. */
  byName?: string | undefined;
  /** Its id, where that is known. */
  versionId: string | undefined;
  asking: Asking;
  onClose: () => void;
}

/** Takes a version, with what it needs to know. It is taken as a whole or not at all; what the server asks for is asked here. */
export function UpdateForm({ installation, info, version, byName, versionId, asking, onClose }: UpdateFormProps) {
  const t = useTranslations('installation');
  const common = useTranslations('common');
  const [values, setValues] = useState<Record<string, unknown>>({});
  const answer = useCallback((key: string, value: unknown) => setValues((now) => ({ ...now, [key]: value })), []);
  const [accounts, setAccounts] = useState<Record<string, string>>({});
  // What was asked for once stays asked for: the next refusal may be about something else.
  const [refused, setRefused] = useState<ReadonlyArray<{ field: string }>>([]);
  const update = useDo({
    work: async () => {
      const config = answered(values) as Record<string, never>;
      const body = { ...(Object.keys(config).length > 0 && { config }), ...(Object.keys(accounts).length > 0 && { connections: accounts as Record<string, never> }) };
      const path = { id: installation.id };
      if (byName) await api.PATCH('/api/installations/{id}', { params: { path }, body: { ...body, version: byName } });
      else await data(api.POST('/api/installations/{id}/update', { params: { path }, body }));
    },
    renews: renewed(installation.id),
    says: t('updated', { version }),
    quiet: true,
    done: onClose,
  });
  const breaking = byName ? [] : info.breaking;
  const { fields, services } = questions(breaking, refused);
  const errors: Record<string, string> = isProblem(update.error) ? update.error.fields : {};
  const aboutInputs = Object.fromEntries(fields.flatMap((field) => (errors[`config.${field}`] ? [[field, errors[`config.${field}`]!]] : [])));
  return (
    <Modal opened onClose={onClose} title={t('updateTitle', { version })} size="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          update.mutate(undefined, { onError: (error) => isProblem(error) && setRefused((now) => [...now, ...error.errors]) });
        }}
      >
        <Stack gap="md">
          {!byName && <VersionChanges changelog={info.changelog} breaking={breaking} />}
          <Text fz="sm">{fields.length + services.length > 0 || breaking.length > 0 ? t('breakingText') : t('breakingNone')}</Text>
          {asking({ installation, versionId, keys: fields, values, errors: aboutInputs, onChange: answer })}
          {services.map((service) => (
            <Account key={service} service={service} value={accounts[service] ?? null} error={errors[`connections.${service}`]} onChange={(id) => setAccounts({ ...accounts, [service]: id })} />
          ))}
          <ProblemAlert error={update.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{common('cancel')}</Button>
            <Button type="submit" loading={update.isPending}>{t('tryUpdate')}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Account({ service, value, error, onChange }: { service: string; value: string | null; error: string | undefined; onChange: (id: string) => void }) {
  const t = useTranslations('installation');
  const { data: page } = useQuery(accountsQuery(service));
  return <Select label={t('accountFor', { service })} placeholder={t('chooseAccount')} data={(page?.data ?? []).map((each) => ({ value: each.id, label: each.name }))} value={value} error={error} onChange={(id) => id && onChange(id)} />;
}

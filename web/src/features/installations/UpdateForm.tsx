import { Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';
import { ProblemAlert, useDo } from '../../ui';
import { answersOf, questions } from './answers';
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
  onClose: () => void;
}

/** Takes a version, with what it needs to know. It is taken as a whole or not at all; what the server asks for is asked here. */
export function UpdateForm({ installation, info, version, byName, onClose }: UpdateFormProps) {
  const t = useTranslations('installation');
  const common = useTranslations('common');
  const [values, setValues] = useState<Record<string, string>>({});
  const [accounts, setAccounts] = useState<Record<string, string>>({});
  const update = useDo({
    work: async () => {
      const config = answersOf(values) as Record<string, never>;
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
  const refused = isProblem(update.error) ? update.error.errors : [];
  const breaking = byName ? [] : info.breaking;
  const { fields, services } = questions(breaking, refused);
  const errors: Record<string, string> = isProblem(update.error) ? update.error.fields : {};
  return (
    <Modal opened onClose={onClose} title={t('updateTitle', { version })} size="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          update.mutate();
        }}
      >
        <Stack gap="md">
          {!byName && <VersionChanges changelog={info.changelog} breaking={breaking} />}
          <Text fz="sm">{fields.length + services.length > 0 || breaking.length > 0 ? t('breakingText') : t('breakingNone')}</Text>
          {fields.map((field) => (
            <TextInput key={field} label={t('answerFor', { field })} description={t('answerJson')} value={values[field] ?? ''} error={errors[`config.${field}`]} onChange={(event) => setValues({ ...values, [field]: event.currentTarget.value })} />
          ))}
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

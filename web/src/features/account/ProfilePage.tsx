import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState, type FormEvent } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { Facts, ProblemAlert, Section, Time, useDo } from '../../ui';
import { meQuery } from '../identity/queries';
import { useMe } from '../identity/useMe';
import { AccountPage } from './AccountPage';
import { EraseAccount } from './EraseAccount';

/** Who one is here. */
export function ProfilePage() {
  const t = useTranslations('account.profile');
  const { me, workspaces } = useMe();
  const [asked, erase] = useDisclosure();
  return (
    <AccountPage tab="profile">
      <Stack gap="lg">
        <Section title={t('aboutTitle')}>
          <Stack gap="lg">
            <Name name={me.name} />
            <Facts
              cols={2}
              items={[
                [t('email'), me.email],
                [t('signsIn'), t(me.auth_provider === 'idp' ? 'idp' : 'local')],
                [t('workspaces'), workspaces.map((each) => each.workspace_name).join(', ')],
                [t('since'), <Time key="since" at={me.created_at} />],
                [t('lastLogin'), me.last_login_at && <Time key="last" at={me.last_login_at} />],
              ]}
            />
          </Stack>
        </Section>
        <Section title={t('eraseTitle')} description={t('eraseText')}>
          <Group>
            <Button color="red" variant="outline" onClick={erase.open}>
              {t('erase')}
            </Button>
          </Group>
        </Section>
      </Stack>
      <Modal opened={asked} onClose={erase.close} title={t('eraseTitle')}>
        <Text fz="sm" mb="md">
          {t('eraseConfirm')}
        </Text>
        <EraseAccount email={me.email} onCancel={erase.close} />
      </Modal>
    </AccountPage>
  );
}

function Name({ name: before }: { name: string }) {
  const t = useTranslations('account.profile');
  const common = useTranslations('common');
  const [name, setName] = useState(before);
  const save = useDo({
    work: () => data(api.PATCH('/api/v1/users/me', { body: { name: name.trim() } })),
    renews: [meQuery.queryKey],
    says: t('saved'),
    quiet: true,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Stack component="form" gap="xs" onSubmit={submit}>
      <ProblemAlert error={save.error} />
      <Group align="flex-end" gap="xs">
        <TextInput flex={1} miw={200} maw={420} label={t('name')} description={t('nameHelp')} value={name} onChange={(event) => setName(event.currentTarget.value)} maxLength={100} autoComplete="name" />
        <Button type="submit" loading={save.isPending} disabled={name.trim() === before}>
          {common('save')}
        </Button>
      </Group>
    </Stack>
  );
}

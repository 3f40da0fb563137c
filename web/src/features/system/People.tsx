import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api } from '../../api/client';
import type { Schema } from '../../api/types';
import { Empty, Facts, Loaded, Section, StatusBadge, Time, useConfirm, useDo } from '../../ui';
import { personQuery } from './queries';
import { ReasonDialog } from './ReasonDialog';

type Person = Schema<'OverseenUser'>;

/** A person by their address. */
export function People() {
  const t = useTranslations('system');
  const [typed, type] = useState('');
  const [email, ask] = useState('');
  const query = useQuery(personQuery(email));
  return (
    <Section title={t('people')}>
      <Stack>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            ask(typed.trim());
          }}
        >
          <Group align="flex-end">
            <TextInput type="email" label={t('email')} required value={typed} onChange={(event) => type(event.currentTarget.value)} autoComplete="off" />
            <Button type="submit" variant="default">
              {t('find')}
            </Button>
          </Group>
        </form>
        {email !== '' && (
          <Loaded query={query}>
            {(list) => (list.data.length === 0 ? <Empty title={t('personNone')} text={t('personNoneText')} /> : list.data.map((person) => <Found key={person.user_id} person={person} />))}
          </Loaded>
        )}
      </Stack>
    </Section>
  );
}

function Found({ person }: { person: Person }) {
  const t = useTranslations('system');
  const confirm = useConfirm();
  const [asked, ask] = useState(false);
  const params = { params: { path: { user_id: person.user_id } } };
  const erase = useDo({ work: () => api.POST('/api/v1/admin/users/{user_id}/erase', { ...params, body: { confirm_email: person.email } }), renews: [['system']], says: t('did') });
  const suspended = person.status === 'suspended';
  const deed = suspended ? t('reactivate') : t('suspend');
  return (
    <Stack>
      <Facts
        items={[
          [t('email'), person.email],
          [t('state'), <StatusBadge key="state" status={person.status} />],
          [t('memberships'), person.memberships],
          [t('created'), <Time key="created" at={person.created_at} />],
          [t('lastSeen'), <Time key="seen" at={person.last_login_at} />],
        ]}
      />
      <Group>
        <Button variant="default" onClick={() => ask(true)}>
          {deed}
        </Button>
        <Button
          variant="default"
          loading={erase.isPending}
          onClick={async () => (await confirm({ title: t('eraseTitle', { email: person.email }), text: t('eraseText'), action: t('erase'), danger: true, word: person.email })) && erase.mutate()}
        >
          {t('erase')}
        </Button>
      </Group>
      {asked && (
        <ReasonDialog
          title={`${deed}: ${person.email}`}
          text={suspended ? t('reactivatePersonText') : t('suspendPersonText')}
          action={deed}
          danger={!suspended}
          work={(reason) => (suspended ? api.POST('/api/v1/admin/users/{user_id}/reactivate', { ...params, body: { reason } }) : api.POST('/api/v1/admin/users/{user_id}/suspend', { ...params, body: { reason } }))}
          onClose={() => ask(false)}
        />
      )}
    </Stack>
  );
}

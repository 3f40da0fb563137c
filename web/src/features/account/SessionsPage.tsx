import { Badge, Button, Group, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslations } from 'use-intl';

import { api } from '../../api/client';
import { forget } from '../../api/session';
import type { Schema } from '../../api/types';
import { account } from '../../i18n/en/account';
import { DataTable, Loaded, Section, Time, useConfirm, useDo, type Column } from '../../ui';
import { signOut } from '../identity/signOut';
import { AccountPage } from './AccountPage';
import { Address, DeviceText, useDeviceWords } from './DeviceText';
import { sessionsQuery } from './queries';

type Session = Schema<'SessionAnswer'>;

/** The devices on which the person is signed in, and signing them out. */
export function SessionsPage() {
  const t = useTranslations('account.sessions');
  const common = useTranslations('common');
  const words = useDeviceWords();
  const confirm = useConfirm();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const query = useQuery(sessionsQuery);
  const end = useDo<Session>({
    work: (session) => api.DELETE('/api/v1/auth/sessions/{id}', { params: { path: { id: session.id } } }),
    renews: [sessionsQuery.queryKey],
  });
  const everywhere = useDo({
    work: () => api.POST('/api/v1/auth/logout-everywhere'),
    done: () => {
      queries.clear();
      forget();
      void navigate({ to: '/app/sign-in' });
    },
  });
  const leave = () => void signOut(queries).then(() => navigate({ to: '/app/sign-in' }));
  const columns: ReadonlyArray<Column<Session>> = [
    {
      key: 'device',
      title: t('device'),
      main: true,
      render: (session) => (
        <Group gap="xs">
          <div>
            <DeviceText userAgent={session.user_agent} />
            <How session={session} />
          </div>
          {session.current && (
            <Badge variant="outline" tt="none" color="teal" c="light-dark(var(--mantine-color-teal-9), var(--mantine-color-teal-3))">
              {t('here')}
            </Badge>
          )}
        </Group>
      ),
    },
    { key: 'address', title: t('address'), render: ({ ip }) => <Address ip={ip} /> },
    { key: 'used', title: t('lastUsed'), render: ({ last_used_at }) => <Time at={last_used_at} /> },
    { key: 'begun', title: t('begun'), render: ({ created_at }) => <Time at={created_at} /> },
    {
      key: 'end',
      title: common('actions'),
      align: 'right',
      render: (session) => (
        <Button size="xs" variant="default" aria-label={t('signOutOf', { device: session.current ? t('here') : words(session.user_agent) })} loading={end.isPending && end.variables.id === session.id} onClick={() => (session.current ? leave() : end.mutate(session))}>
          {t('signOut')}
        </Button>
      ),
    },
  ];
  const all = async () => {
    if (await confirm({ title: t('everywhereTitle'), text: t('everywhereText'), action: t('everywhere'), danger: true })) everywhere.mutate();
  };
  return (
    <AccountPage tab="sessions">
      <Section
        title={useTranslations('account')('tabs.sessions')}
        description={t('text')}
        actions={
          <Button variant="default" onClick={() => void all()} loading={everywhere.isPending}>
            {t('everywhere')}
          </Button>
        }
      >
        <Loaded query={query}>{({ data }) => <DataTable label={t('device')} rows={data} columns={columns} id={(session) => session.id} />}</Loaded>
      </Section>
    </AccountPage>
  );
}

type Method = keyof typeof account.sessions.methods;
type Factor = keyof typeof account.sessions.factors;

/** What was shown when the session began. */
function How({ session: { method, second_factor: second } }: { session: Session }) {
  const t = useTranslations('account.sessions');
  const name = method in account.sessions.methods ? t(`methods.${method as Method}`) : method;
  // A passkey that signs in alone is both at once.
  if (!second || method === 'passkey') return <Text fz="sm" c="dimmed">{t('with', { how: name })}</Text>;
  const factor = second in account.sessions.factors ? t(`factors.${second as Factor}`) : second;
  return <Text fz="sm" c="dimmed">{t('with', { how: t('methodAnd', { method: name, factor }) })}</Text>;
}

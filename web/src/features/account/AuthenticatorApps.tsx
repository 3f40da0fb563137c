import { Button, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconDeviceMobile, IconPlus } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api } from '../../api/client';
import type { Schema } from '../../api/types';
import { Loaded, Section, StatusBadge, TableSkeleton } from '../../ui';
import { AddApp } from './AddApp';
import { FactorRow } from './FactorRow';
import { ProveForm } from './ProveForm';
import { factorKeys, factorsQuery, passkeysQuery } from './queries';

/** As many as the server keeps. */
const MOST = 3;

/** Two-step sign-in: whether it is on, and the apps that make codes for it. */
export function AuthenticatorApps({ onAdded }: { onAdded: () => void }) {
  const t = useTranslations('account.factors');
  const common = useTranslations('common');
  const queries = useQueryClient();
  const query = useQuery(factorsQuery);
  const passkeys = useQuery(passkeysQuery).data?.data.length ?? 0;
  const [adding, add] = useDisclosure();
  const [going, setGoing] = useState<Schema<'SecondFactorAnswer'>>();
  const apps = query.data?.data ?? [];
  const isLast = apps.length + passkeys === 1;
  const isOn = apps.length + passkeys > 0;
  const remove = async (proof: Schema<'Proof'>) => {
    if (!going) return;
    await api.POST('/api/v1/users/me/second-factors/{id}/remove', { params: { path: { id: going.id } }, body: proof });
    for (const queryKey of factorKeys) void queries.invalidateQueries({ queryKey });
    notifications.show({ message: t('removed', { name: going.name }), color: 'teal' });
    setGoing(undefined);
  };
  return (
    <Section
      title={t('title')}
      description={t('text')}
      actions={query.data && <StatusBadge status={isOn ? 'on' : 'off'} tone={isOn ? 'good' : 'idle'} label={t(isOn ? 'on' : 'off')} />}
    >
      <Stack>
        <Loaded query={query} skeleton={<TableSkeleton rows={1} height={44} />}>
          {({ data }) =>
            data.length === 0 ? (
              <Text fz="sm">{t(isOn ? 'noApps' : 'none')}</Text>
            ) : (
              <Stack component="ul" m={0} p={0} aria-label={t('apps')} style={{ listStyle: 'none' }}>
                {data.map((app) => (
                  <FactorRow
                    key={app.id}
                    name={app.name}
                    icon={<IconDeviceMobile size={22} aria-hidden style={{ flex: 'none' }} />}
                    createdAt={app.created_at}
                    lastUsedAt={app.last_used_at}
                    removeLabel={`${common('remove')} ${app.name}`}
                    onRemove={() => setGoing(app)}
                  />
                ))}
              </Stack>
            )
          }
        </Loaded>
        <div>
          <Button variant={isOn ? 'default' : 'filled'} leftSection={<IconPlus size={16} aria-hidden />} onClick={add.open} disabled={!query.data || apps.length >= MOST}>
            {t('add')}
          </Button>
          {apps.length >= MOST && (
            <Text fz="sm" c="dimmed" mt={4}>
              {t('full')}
            </Text>
          )}
        </div>
      </Stack>
      <Modal opened={adding} onClose={add.close} title={t('addTitle')} closeOnClickOutside={false}>
        <AddApp onClose={add.close} onAdded={() => (add.close(), onAdded())} />
      </Modal>
      <Modal opened={going !== undefined} onClose={() => setGoing(undefined)} title={t('removeTitle', { name: going?.name ?? '' })}>
        <RemoveText isLast={isLast} text={t('removeText')} />
        <ProveForm work={remove} action={common('remove')} danger onCancel={() => setGoing(undefined)} {...(isLast && { only: ['password'] as const })} />
      </Modal>
    </Section>
  );
}

/** What goes with a second factor; with the last one more. */
export function RemoveText({ isLast, text }: { isLast: boolean; text: string }) {
  const t = useTranslations('account');
  return (
    <Text fz="sm" mb="md">
      {text} {isLast && `${t('factors.removeLast')} ${t('prove.lastByPassword')}`}
    </Text>
  );
}

import { ActionIcon, Button, Modal, Stack, Text, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconFingerprint, IconPencil, IconPlus } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api } from '../../api/client';
import type { Schema } from '../../api/types';
import { Loaded, Section, TableSkeleton } from '../../ui';
import { passkeysWork } from '../identity/webauthn';
import { AddPasskey } from './AddPasskey';
import { RemoveText } from './AuthenticatorApps';
import { FactorRow } from './FactorRow';
import { ProveForm } from './ProveForm';
import { factorKeys, factorsQuery, passkeysQuery } from './queries';
import { RenamePasskey } from './RenamePasskey';

type Passkey = Schema<'PasskeyEntry'>;

/** Passkeys: to be added, renamed and removed. */
export function Passkeys({ onAdded }: { onAdded: () => void }) {
  const t = useTranslations('account.passkeys');
  const common = useTranslations('common');
  const queries = useQueryClient();
  const query = useQuery(passkeysQuery);
  const apps = useQuery(factorsQuery).data?.data.length ?? 0;
  const [adding, add] = useDisclosure();
  const [going, setGoing] = useState<Passkey>();
  const [renaming, setRenaming] = useState<Passkey>();
  const isLast = apps + (query.data?.data.length ?? 0) === 1;
  const works = passkeysWork();
  const remove = async (proof: Schema<'Proof'>) => {
    if (!going) return;
    await api.POST('/api/v1/users/me/passkeys/{id}/remove', { params: { path: { id: going.id } }, body: proof });
    for (const queryKey of factorKeys) void queries.invalidateQueries({ queryKey });
    notifications.show({ message: t('removed', { name: going.name }), color: 'teal' });
    setGoing(undefined);
  };
  return (
    <Section title={t('title')} description={t('text')}>
      <Stack>
        <Loaded query={query} skeleton={<TableSkeleton rows={1} height={44} />}>
          {({ data }) =>
            data.length === 0 ? (
              <Text fz="sm">{t('none')}</Text>
            ) : (
              <Stack component="ul" m={0} p={0} aria-label={t('title')} style={{ listStyle: 'none' }}>
                {data.map((passkey) => (
                  <FactorRow
                    key={passkey.id}
                    name={passkey.name}
                    icon={<IconFingerprint size={22} aria-hidden style={{ flex: 'none' }} />}
                    createdAt={passkey.created_at}
                    lastUsedAt={passkey.last_used_at}
                    removeLabel={`${common('remove')} ${passkey.name}`}
                    onRemove={() => setGoing(passkey)}
                    actions={
                      <Tooltip label={t('rename', { name: passkey.name })}>
                        <ActionIcon variant="subtle" color="gray" aria-label={t('rename', { name: passkey.name })} onClick={() => setRenaming(passkey)}>
                          <IconPencil size={18} aria-hidden />
                        </ActionIcon>
                      </Tooltip>
                    }
                  />
                ))}
              </Stack>
            )
          }
        </Loaded>
        <div>
          <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />} onClick={add.open} disabled={!works}>
            {t('add')}
          </Button>
          {!works && (
            <Text fz="sm" c="dimmed" mt={4}>
              {t('unavailable')}
            </Text>
          )}
        </div>
      </Stack>
      <Modal opened={adding} onClose={add.close} title={t('add')} closeOnClickOutside={false}>
        <AddPasskey onClose={add.close} onAdded={() => (add.close(), onAdded())} />
      </Modal>
      <Modal opened={renaming !== undefined} onClose={() => setRenaming(undefined)} title={t('renameTitle')}>
        {renaming && <RenamePasskey passkey={renaming} onClose={() => setRenaming(undefined)} />}
      </Modal>
      <Modal opened={going !== undefined} onClose={() => setGoing(undefined)} title={t('removeTitle', { name: going?.name ?? '' })}>
        <RemoveText isLast={isLast} text={t('removeText')} />
        <ProveForm work={remove} action={common('remove')} danger onCancel={() => setGoing(undefined)} {...(isLast && { only: ['password'] as const })} />
      </Modal>
    </Section>
  );
}

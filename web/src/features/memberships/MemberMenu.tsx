import { ActionIcon, Menu } from '@mantine/core';
import { IconDots, IconUserCheck, IconUserMinus, IconUserOff, IconUserShield } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';

import { api } from '../../api/client';
import type { Schema } from '../../api/types';
import { useConfirm, useDo } from '../../ui';
import { useMe } from '../identity/useMe';

/** What may be done with a member. The server has the last word; what it refuses is said. */
export function MemberMenu({ member, onRole }: { member: Schema<'MemberAnswer'>; onRole: () => void }) {
  const t = useTranslations('settings.members');
  const confirm = useConfirm();
  const { me, role } = useMe();
  const params = { params: { path: { user_id: member.user_id } } };
  const renews = [['members']];
  const name = member.name || member.email;
  const deactivate = useDo({ work: () => api.POST('/api/v1/workspace/users/{user_id}/deactivate', params), renews, says: t('deactivated', { name }) });
  const reactivate = useDo({ work: () => api.POST('/api/v1/workspace/users/{user_id}/reactivate', params), renews, says: t('reactivated', { name }) });
  const remove = useDo({ work: () => api.DELETE('/api/v1/workspace/users/{user_id}', params), renews, says: t('removed', { name }) });
  // An administrator may not touch owners. Leaving is on the workspace's page.
  if (role !== 'owner' && member.role === 'owner') return null;
  const self = member.user_id === me.id;
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={t('actionsOf', { name })}>
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconUserShield size={16} aria-hidden />} onClick={onRole}>
          {t('changeRole')}
        </Menu.Item>
        {member.status === 'deactivated' ? (
          <Menu.Item leftSection={<IconUserCheck size={16} aria-hidden />} onClick={() => reactivate.mutate()}>
            {t('reactivate')}
          </Menu.Item>
        ) : (
          !self && (
            <Menu.Item
              leftSection={<IconUserOff size={16} aria-hidden />}
              onClick={async () => (await confirm({ title: t('deactivateTitle', { name }), text: t('deactivateText'), action: t('deactivate'), danger: true })) && deactivate.mutate()}
            >
              {t('deactivate')}
            </Menu.Item>
          )
        )}
        {!self && (
          <Menu.Item
            color="red"
            leftSection={<IconUserMinus size={16} aria-hidden />}
            onClick={async () => (await confirm({ title: t('removeTitle', { name }), text: t('removeText'), action: t('remove'), danger: true })) && remove.mutate()}
          >
            {t('remove')}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

import { Button, Group, Modal, Stack } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api } from '../../api/client';
import type { Schema } from '../../api/types';
import { ProblemAlert, useDo } from '../../ui';
import { RoleChoice } from '../identity/RoleChoice';
import { useMe, type Role } from '../identity/useMe';

/** Gives a member another role. A refusal, such as that of the last owner, stands in the dialog. */
export function RoleDialog({ member, onClose }: { member: Schema<'MemberAnswer'>; onClose: () => void }) {
  const t = useTranslations('settings.members');
  const common = useTranslations('common');
  const { role: own } = useMe();
  const [role, setRole] = useState(member.role);
  const save = useDo({
    work: () => api.PATCH('/api/v1/workspace/users/{user_id}', { params: { path: { user_id: member.user_id } }, body: { role } }),
    renews: [['members'], ['workspaces'], ['me']],
    says: t('roleSaved'),
    quiet: true,
    done: onClose,
  });
  const roles: Role[] = own === 'owner' ? ['owner', 'admin', 'member', 'viewer', 'billing'] : ['admin', 'member', 'viewer', 'billing'];
  return (
    <Modal opened onClose={onClose} title={t('roleTitle', { name: member.name || member.email })}>
      <Stack>
        <RoleChoice roles={roles} value={role} onChange={setRole} />
        {save.isError && <ProblemAlert error={save.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {common('cancel')}
          </Button>
          <Button disabled={role === member.role} loading={save.isPending} onClick={() => save.mutate()}>
            {common('save')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

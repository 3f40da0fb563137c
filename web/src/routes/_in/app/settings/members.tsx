import { Button } from '@mantine/core';
import { IconUserPlus } from '@tabler/icons-react';
import { createFileRoute, useNavigate } from '@tanstack/react-router';
import { useTranslations } from 'use-intl';

import { Invitations } from '../../../../features/invitations/Invitations';
import { InviteDialog } from '../../../../features/invitations/InviteDialog';
import { useMe } from '../../../../features/identity/useMe';
import { MembersPage } from '../../../../features/memberships/MembersPage';

export const Route = createFileRoute('/_in/app/settings/members')({
  /** `?invite` opens the dialog: other pages lead to it. */
  validateSearch: (search: Record<string, unknown>): { invite?: true } => (search.invite === true || search.invite === 'true' ? { invite: true } : {}),
  component: Members,
});

function Members() {
  const t = useTranslations('settings.members');
  const { manages } = useMe();
  const { invite } = Route.useSearch();
  const navigate = useNavigate({ from: Route.fullPath });
  const show = (open: boolean) => void navigate({ search: open ? { invite: true } : {}, replace: true });
  return (
    <>
      <MembersPage
        actions={
          <Button leftSection={<IconUserPlus size={16} aria-hidden />} onClick={() => show(true)}>
            {t('invite')}
          </Button>
        }
        invitations={<Invitations />}
      />
      {invite && manages && <InviteDialog onClose={() => show(false)} />}
    </>
  );
}

import { Anchor, Group, NavLink, Stack } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouter } from '@tanstack/react-router';
import { useTranslations } from 'use-intl';

import { Loaded, ProblemAlert, TableSkeleton, TextLink } from '../../ui';
import { recallWay } from '../identity/comeBack';
import { DoorTitle } from '../identity/DoorTitle';
import { safeReturn } from '../identity/guard';
import { workspacesQuery } from '../identity/queries';
import { signOut } from '../identity/signOut';
import { switchWorkspace } from '../identity/switchWorkspace';

/** Somebody who belongs to several workspaces says where they go on. */
export function PickWorkspacePage({ to }: { to: string | undefined }) {
  const t = useTranslations('auth.pick');
  const queries = useQueryClient();
  const router = useRouter();
  const navigate = useNavigate();
  const list = useQuery(workspacesQuery);
  const enter = useMutation({
    mutationFn: (tenantId: string) => switchWorkspace(queries, tenantId),
    onSuccess: () => router.history.replace(safeReturn(to ?? recallWay())),
  });
  return (
    <Stack>
      <DoorTitle title={t('title')} text={t('text')} />
      <ProblemAlert error={enter.error} />
      <Loaded query={list} skeleton={<TableSkeleton rows={3} height={52} />}>
        {({ data: workspaces }) => (
          <div>
            {workspaces.map((each) => (
              <NavLink
                key={each.tenant_id}
                component="button"
                type="button"
                label={each.workspace_name}
                description={`${each.workspace_slug} · ${each.role}`}
                rightSection={<IconChevronRight size={16} aria-hidden />}
                disabled={enter.isPending}
                onClick={() => enter.mutate(each.tenant_id)}
                style={{ borderRadius: 8 }}
              />
            ))}
          </div>
        )}
      </Loaded>
      <Group justify="space-between">
        <TextLink to="/app/create-workspace" search={to === undefined ? {} : { to }} fz="sm">
          {t('fresh')}
        </TextLink>
        <Anchor component="button" type="button" fz="sm" onClick={() => void signOut(queries).then(() => navigate({ to: '/app/sign-in' }))}>
          {t('other')}
        </Anchor>
      </Group>
    </Stack>
  );
}

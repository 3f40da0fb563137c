import { useMantineColorScheme } from '@mantine/core';
import {
  IconArrowRight, IconBook, IconBuildingCommunity, IconCode, IconDeviceDesktop, IconKey, IconKeyboard, IconLogout, IconMoon, IconPackage, IconPlus, IconRocket, IconSun, IconTicket, IconUserPlus, type Icon,
} from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslations } from 'use-intl';

import { places, staffPlace } from '../../app/navigation';
import { signOut } from '../identity/signOut';
import { useSwitchWorkspace } from '../identity/switchWorkspace';
import { useMe } from '../identity/useMe';
import { find, pasted, type Findable } from './match';
import { namedInstallationsQuery, namedWorkflowsQuery } from './queries';

export interface Command extends Findable {
  id: string;
  icon: Icon;
  /** Said beside it: the state of an installation, the section of a place. */
  note?: string | undefined;
  run: () => void;
}

export interface Group {
  label: string;
  commands: Command[];
}

/** Entries of one group that are shown while nothing, and while something, is asked for. */
const QUIET = 6;
const FOUND = 8;

/** Everything that the palette can do for this person, answered to what they typed. */
export function useCommands(query: string, { shortcuts }: { shortcuts: () => void }): { groups: Group[]; loading: boolean } {
  const t = useTranslations('palette');
  const nav = useTranslations('nav');
  const { workspace, workspaces, role, edits, manages, staff } = useMe();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { setColorScheme } = useMantineColorScheme();
  const looks = role !== 'billing';
  const installations = useQuery({ ...namedInstallationsQuery, enabled: looks });
  const workflows = useQuery({ ...namedWorkflowsQuery, enabled: looks });

  const go = (to: string, search?: Record<string, unknown>) => () => void navigate({ to, search: search as never });
  const enter = useSwitchWorkspace();

  const all: Group[] = [
    {
      label: t('places'),
      commands: [...places, ...(staff ? [{ places: [staffPlace] }] : [])].flatMap((group) =>
        group.places
          .filter((place) => manages || !place.manages)
          .map((place) => ({ id: place.to, label: nav(place.label), note: 'label' in group && group.label ? nav(group.label) : undefined, also: 'label' in group && group.label ? nav(group.label) : undefined, icon: place.icon, run: go(place.to) })),
      ),
    },
    {
      label: t('actions'),
      commands: [
        edits && { id: 'install', label: t('install'), icon: IconPlus, run: go('/app/workflows') },
        edits && { id: 'deploy', label: t('deploy'), icon: IconRocket, run: go('/app/developer/deploy') },
        { id: 'redeem', label: t('redeem'), icon: IconTicket, run: go('/app/redeem') },
        manages && { id: 'invite', label: t('invite'), icon: IconUserPlus, run: go('/app/settings/members', { invite: true }) },
        manages && { id: 'key', label: t('newApiKey'), icon: IconKey, run: go('/app/settings/api-keys', { create: true }) },
        { id: 'light', label: t('light'), also: nav('theme'), icon: IconSun, run: () => setColorScheme('light') },
        { id: 'dark', label: t('dark'), also: nav('theme'), icon: IconMoon, run: () => setColorScheme('dark') },
        { id: 'auto', label: t('auto'), also: nav('theme'), icon: IconDeviceDesktop, run: () => setColorScheme('auto') },
        { id: 'shortcuts', label: t('shortcuts'), icon: IconKeyboard, run: shortcuts },
        { id: 'docs', label: t('docs'), icon: IconBook, run: () => void window.open('/api/docs', '_blank', 'noopener') },
        { id: 'new-workspace', label: t('newWorkspace'), icon: IconBuildingCommunity, run: go('/app/create-workspace') },
        { id: 'sign-out', label: t('signOut'), icon: IconLogout, run: () => void signOut(queries) },
      ].filter((each) => each !== false),
    },
    {
      label: t('installations'),
      commands: (installations.data?.data ?? []).map((each) => ({ id: each.id, label: each.name, also: each.workflow, note: each.status, icon: IconPackage, run: go(`/app/installations/${each.id}`) })),
    },
    {
      label: t('workflows'),
      commands: (workflows.data?.data ?? []).map((each) => ({ id: each.id, label: each.name, also: each.slug, note: each.slug, icon: IconCode, run: go(`/app/developer/workflows/${each.id}`) })),
    },
    {
      label: t('workspaces'),
      commands: workspaces
        .filter((each) => each.tenant_id !== workspace.tenant_id)
        .map((each) => ({ id: each.tenant_id, label: t('switchTo', { name: each.workspace_name }), also: each.workspace_slug, note: each.role, icon: IconBuildingCommunity, run: () => enter(each.tenant_id) })),
    },
  ];

  const target = pasted(query);
  const jump: Group[] = [];
  if (target) {
    const own = workflows.data?.data.some(({ id }) => id === target.id);
    const [label, to, search] = {
      run: [t('openRun', { id: target.id }), `/app/runs/${target.id}`, undefined] as const,
      installation: [t('openInstallation', { id: target.id }), `/app/installations/${target.id}`, undefined] as const,
      workflow: [t('openWorkflow', { id: target.id }), own ? `/app/developer/workflows/${target.id}` : `/app/workflows/${target.id}`, undefined] as const,
      approval: [t('openApproval'), '/app/approvals', undefined] as const,
      connection: [t('openConnection'), '/app/connections', undefined] as const,
      request: [nav('audit'), '/app/settings/audit', { request_id: target.id }] as const,
    }[target.kind];
    jump.push({ label: t('jump'), commands: [{ id: `jump-${target.id}`, label, icon: IconArrowRight, run: go(to, search) }] });
  }
  const asked = query.trim() !== '';
  const found = all
    .map(({ label, commands }) => ({ label, commands: find(query, commands).slice(0, asked ? FOUND : QUIET) }))
    .filter(({ commands }) => commands.length > 0);
  return { groups: [...jump, ...(target ? [] : found)], loading: looks && (installations.isPending || workflows.isPending) };
}

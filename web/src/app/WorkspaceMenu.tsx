import { Button, Menu, Text } from '@mantine/core';
import { IconCheck, IconPlus, IconSelector } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslations } from 'use-intl';

import { useSwitchWorkspace } from '../features/identity/switchWorkspace';
import { useMe } from '../features/identity/useMe';

/** Which workspace this is, and the way into another. */
export function WorkspaceMenu() {
  const t = useTranslations('nav');
  const { workspace, workspaces } = useMe();
  const enter = useSwitchWorkspace();
  return (
    <Menu position="bottom-start" width={280} withinPortal>
      <Menu.Target>
        <Button variant="subtle" color="gray" size="sm" px={8} rightSection={<IconSelector size={14} aria-hidden />} aria-label={`${t('switchWorkspace')}: ${workspace.workspace_name}`} style={{ minWidth: 0, flexShrink: 1 }}>
          <Text truncate fw={600} fz="sm" maw={{ base: 130, sm: 220 }} c="var(--mantine-color-text)">
            {workspace.workspace_name}
          </Text>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('switchWorkspace')}</Menu.Label>
        {workspaces.map((each) => (
          <Menu.Item
            key={each.tenant_id}
            onClick={() => each.tenant_id !== workspace.tenant_id && enter(each.tenant_id)}
            rightSection={each.tenant_id === workspace.tenant_id ? <IconCheck size={16} aria-hidden /> : undefined}
          >
            <Text truncate fz="sm">
              {each.workspace_name}
            </Text>
            <Text fz="xs" c="dimmed">
              {each.role}
            </Text>
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item component={Link} to="/app/create-workspace" leftSection={<IconPlus size={16} aria-hidden />}>
          {t('newWorkspace')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

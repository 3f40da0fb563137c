import { Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { LinkButton, StatusBadge, TextLink } from '../../ui';
import { installedQuery } from './queries';

/** The workspace's installations of a workflow: what is set up goes to its page, what is not to its set-up. */
export function Installed({ workflowId }: { workflowId: string }) {
  const t = useTranslations('workflows');
  const query = useQuery(installedQuery(workflowId));
  const rows = query.data?.data ?? [];
  if (rows.length === 0) return null;
  return (
    <Stack gap="xs" component="section" aria-label={t('yourInstallations')}>
      <Text fw={600} fz="sm">
        {t('yourInstallations')}
      </Text>
      {rows.map((each) => (
        <Group key={each.id} gap="sm" justify="space-between">
          <Group gap="sm" style={{ minWidth: 0 }}>
            <TextLink to={`/app/installations/${each.id}` as string} style={{ overflowWrap: 'anywhere' }}>
              {each.name}
            </TextLink>
            <StatusBadge status={each.status} label={t(`status_${each.status}`)} />
          </Group>
          {each.status === 'installed' && (
            <LinkButton to="/app/installations/$id/setup" params={{ id: each.id }} size="xs" variant="default">
              {t('goOn')}
            </LinkButton>
          )}
        </Group>
      ))}
    </Stack>
  );
}

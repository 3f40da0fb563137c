import { ActionIcon, Group, Text, Tooltip } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import { Time } from '../../ui';

interface FactorRowProps {
  name: string;
  icon: ReactNode;
  createdAt: string;
  lastUsedAt: string | null | undefined;
  removeLabel: string;
  onRemove: () => void;
  /** Further things to do with it. */
  actions?: ReactNode;
}

/** An app or a passkey in its list. */
export function FactorRow({ name, icon, createdAt, lastUsedAt, removeLabel, onRemove, actions }: FactorRowProps) {
  const t = useTranslations('account.factors');
  const common = useTranslations('common');
  return (
    <Group component="li" justify="space-between" wrap="nowrap" gap="sm">
      <Group gap="sm" wrap="nowrap" style={{ minWidth: 0 }}>
        {icon}
        <div style={{ minWidth: 0 }}>
          <Text fw={500} style={{ overflowWrap: 'anywhere' }}>
            {name}
          </Text>
          <Text fz="sm" c="dimmed" component="div">
            {t('addedAt')} <Time at={createdAt} /> · {t('lastUsed')} {lastUsedAt ? <Time at={lastUsedAt} /> : common('never').toLowerCase()}
          </Text>
        </div>
      </Group>
      <Group gap={4} wrap="nowrap">
        {actions}
        <Tooltip label={removeLabel}>
          <ActionIcon variant="subtle" color="red" aria-label={removeLabel} onClick={onRemove}>
            <IconTrash size={18} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Group>
    </Group>
  );
}

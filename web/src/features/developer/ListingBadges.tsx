import { IconEye, IconEyeOff, IconLock } from '@tabler/icons-react';
import { Group, Text } from '@mantine/core';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { StatusBadge } from '../../ui';

const icons = { public: IconEye, unlisted: IconEyeOff, private: IconLock };

/** Who finds a workflow, as word and icon. */
export function VisibilityMark({ visibility }: { visibility: Schema<'Visibility'> }) {
  const t = useTranslations('developer.list');
  const Icon = icons[visibility];
  return (
    <Group gap={6} wrap="nowrap" style={{ display: 'inline-flex' }}>
      <Icon size={15} aria-hidden style={{ flex: 'none' }} />
      <Text span inherit>
        {t(`visibilities.${visibility}`)}
      </Text>
    </Group>
  );
}

/** Where a listing or a version stands. */
export function StateBadge({ state }: { state: Schema<'VersionState'> | Schema<'ListingStatus'> }) {
  const t = useTranslations('developer.list');
  return <StatusBadge status={state} label={t(`states.${state}`)} />;
}

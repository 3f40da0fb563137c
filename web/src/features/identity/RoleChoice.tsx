import { Radio, Stack } from '@mantine/core';
import { useTranslations } from 'use-intl';

import type { Role } from './useMe';

/** The roles with what they may do; chosen by arrow keys. */
export function RoleChoice({ roles, value, onChange, error }: { roles: readonly Role[]; value: string; onChange: (role: string) => void; error?: string | undefined }) {
  const t = useTranslations('settings.members');
  return (
    <Radio.Group label={t('role')} value={value} onChange={onChange} error={error}>
      <Stack gap="sm" mt="xs">
        {roles.map((role) => (
          <Radio key={role} value={role} label={t(`roles.${role}`)} description={t(`roleTexts.${role}`)} />
        ))}
      </Stack>
    </Radio.Group>
  );
}

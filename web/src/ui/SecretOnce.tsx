import { Alert, Stack } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';

import { CopyField } from './CopyField';

/** A secret that the server shows a single time. */
export function SecretOnce({ label, value }: { label: string; value: string }) {
  const t = useTranslations('common');
  return (
    <Alert color="yellow" variant="light" icon={<IconKey size={20} aria-hidden />} title={t('secretOnce')}>
      <Stack gap="xs">
        <CopyField label={label} value={value} />
      </Stack>
    </Alert>
  );
}

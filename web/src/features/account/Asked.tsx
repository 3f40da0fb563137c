import { Alert, Button, Stack, Text } from '@mantine/core';
import { IconCircleCheck, IconLock } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';

import { useMissingStep } from './missingStep';

/** For somebody whom a workspace sent here: what it asks for, and the way back once that is there. */
export function Asked({ onGoOn }: { onGoOn: () => void }) {
  const t = useTranslations('account.asked');
  const step = useMissingStep();
  if (step === undefined) return null;
  const isOpen = step === 'nothing';
  const Icon = isOpen ? IconCircleCheck : IconLock;
  return (
    <Alert color={isOpen ? 'teal' : 'yellow'} variant="light" icon={<Icon size={20} aria-hidden />} title={t(isOpen ? 'openTitle' : 'title')} role="status">
      <Stack gap="xs" align="flex-start">
        <Text fz="sm">{t(step)}</Text>
        {isOpen && <Button onClick={onGoOn}>{t('goOn')}</Button>}
      </Stack>
    </Alert>
  );
}

import { Group, Kbd, Modal, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import { commandKey, jumps } from './useShortcuts';

/** Which keys do what. */
export default function Shortcuts({ onClose }: { onClose: () => void }) {
  const t = useTranslations('palette.keys');
  const nav = useTranslations('nav');
  const row = (name: string, keys: ReactNode) => (
    <Group key={name} component="li" justify="space-between" wrap="nowrap">
      <Text fz="sm">{name}</Text>
      <Group gap={6} wrap="nowrap">
        {keys}
      </Group>
    </Group>
  );
  return (
    <Modal opened onClose={onClose} title={t('title')}>
      <Stack component="ul" gap="xs" m={0} p={0} style={{ listStyle: 'none' }}>
        {row(t('palette'), <><Kbd>{commandKey}</Kbd><Kbd>K</Kbd></>)}
        {row(t('help'), <Kbd>?</Kbd>)}
        {jumps.map(({ key, label }) => row(t('go', { place: nav(label) }), <><Kbd>g</Kbd><Text fz="sm" c="dimmed">{t('then')}</Text><Kbd>{key}</Kbd></>))}
        {row(t('chart'), <><Kbd>←</Kbd><Kbd>→</Kbd></>)}
        {row(t('close'), <Kbd>Esc</Kbd>)}
      </Stack>
    </Modal>
  );
}

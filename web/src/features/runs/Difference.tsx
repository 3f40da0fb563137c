import { Box, SimpleGrid, Text } from '@mantine/core';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { JsonTree } from '../../ui';
import { describe } from './journal';

type View = Schema<'DifferenceView'>;

/** What the version does instead: the document leaves its form open. */
interface Now {
  does?: 'asks' | 'ended' | 'waits';
  kind?: string;
  args?: unknown;
}

/** In a word what differs, for lists. */
export function differenceName(difference: View): string {
  const now = difference.now as Now;
  if (now.does === 'asks' && now.kind) return describe(now.kind, now.args).name;
  return difference.recorded ? describe(difference.recorded.kind, difference.recorded.args).name : (now.does ?? '');
}

/** The first call that is not the same any more: then and now, side by side. */
export function Difference({ difference }: { difference: View }) {
  const t = useTranslations('runs.resumption');
  const now = difference.now as Now;
  return (
    <Box>
      <Text fw={600} mb="xs">
        {t('differs', { seq: difference.seq })}
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
        <Side title={t('before')}>{difference.recorded ? <Asked kind={difference.recorded.kind} args={difference.recorded.args} /> : <Text fz="sm">{t('beforeNothing')}</Text>}</Side>
        <Side title={t('now')}>{now.does === 'asks' && now.kind ? <Asked kind={now.kind} args={now.args} /> : <Text fz="sm">{now.does === 'waits' ? t('nowWaits') : t('nowEnded')}</Text>}</Side>
      </SimpleGrid>
    </Box>
  );
}

function Side({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <Box p="sm" bd="1px solid var(--mantine-color-default-border)" style={{ borderRadius: 8, minWidth: 0 }}>
      <Text fz="sm" c="dimmed" mb={4}>
        {title}
      </Text>
      {children}
    </Box>
  );
}

function Asked({ kind, args }: { kind: string; args: unknown }) {
  return (
    <>
      <Text ff="monospace" fz="sm" fw={600} mb={4}>
        {describe(kind, args).name}
      </Text>
      <JsonTree value={args} open={2} />
    </>
  );
}

import { Text } from '@mantine/core';
import { useNow, useTranslations } from 'use-intl';

import { StatusBadge, Time } from '../../ui';

/** Less than this before its end a request is pressing. */
const SOON_MS = 3_600_000;

/** Until when somebody can decide. */
export function Deadline({ at, brief }: { at: string | null | undefined; brief?: boolean }) {
  const t = useTranslations('approvals');
  const now = useNow({ updateInterval: 30_000 });
  if (!at) return brief ? null : <>{t('noDue')}</>;
  const left = Date.parse(at) - now.getTime();
  return (
    <Text component="span" fz={brief ? 'xs' : undefined} inherit={!brief}>
      {brief && `${t('due')}: `}
      <Time at={at} /> {left < SOON_MS && <StatusBadge status="due" tone={left < 0 ? 'bad' : 'waiting'} label={left < 0 ? t('overdue') : t('endsSoon')} />}
    </Text>
  );
}

import { Text } from '@mantine/core';
import { useTranslations } from 'use-intl';

import { deviceName } from './deviceName';

/** The words for a device. */
export function useDeviceWords(): (userAgent: string | null | undefined) => string {
  const t = useTranslations('account.sessions');
  return (userAgent) => {
    const { program, system } = deviceName(userAgent);
    return program && system ? t('on', { program, system }) : (program ?? system ?? t('unknownDevice'));
  };
}

/** A device by name; all that it says of itself on pointing at it. */
export function DeviceText({ userAgent }: { userAgent: string | null | undefined }) {
  const words = useDeviceWords();
  return (
    <Text component="span" fz="sm" title={userAgent ?? undefined}>
      {words(userAgent)}
    </Text>
  );
}

/** A network address; short ones stay in one piece. */
export function Address({ ip }: { ip: string | null | undefined }) {
  return (
    <Text component="span" fz="sm" style={ip && ip.length <= 15 ? { whiteSpace: 'nowrap' } : { overflowWrap: 'anywhere' }}>
      {ip ?? '–'}
    </Text>
  );
}

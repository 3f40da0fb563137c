import { Alert, Button, Code, CopyButton, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconCheck, IconCopy, IconDownload, IconKey } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';

import { useMe } from '../identity/useMe';

/** Recovery codes, shown this once: to be kept before one goes on. */
export function RecoveryCodes({ codes, onKept }: { codes: readonly string[]; onKept: () => void }) {
  const t = useTranslations('account.recovery');
  const { me } = useMe();
  const text = codes.join('\n');
  const download = () => {
    const url = URL.createObjectURL(new Blob([`${t('fileHead', { email: me.email })}\n\n${text}\n`], { type: 'text/plain' }));
    const link = Object.assign(document.createElement('a'), { href: url, download: t('fileName') });
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <Stack>
      <Alert color="yellow" variant="light" icon={<IconKey size={20} aria-hidden />} title={t('onceTitle')}>
        <Text fz="sm">{t('onceText')}</Text>
      </Alert>
      <SimpleGrid component="ul" cols={2} spacing="xs" aria-label={t('list')} m={0} p={0} style={{ listStyle: 'none' }}>
        {codes.map((code) => (
          <li key={code}>
            <Code fz="sm" style={{ display: 'block', textAlign: 'center' }}>
              {code}
            </Code>
          </li>
        ))}
      </SimpleGrid>
      <Group>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy} leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}>
              {copied ? t('copied') : t('copyAll')}
            </Button>
          )}
        </CopyButton>
        <Button variant="default" onClick={download} leftSection={<IconDownload size={16} aria-hidden />}>
          {t('download')}
        </Button>
      </Group>
      <Button onClick={onKept}>{t('kept')}</Button>
    </Stack>
  );
}

import { Radio, Stack } from '@mantine/core';
import { useTranslations } from 'use-intl';

export type Version = 'latest' | 'own';

/** What the API calls it: the installation's own version has no name. */
export function versionName(version: Version): string | undefined {
  return version === 'latest' ? 'latest' : undefined;
}

/** On which version a run goes on. */
export function VersionChoice({ value, onChange }: { value: Version; onChange: (value: Version) => void }) {
  const t = useTranslations('runs.resumption');
  return (
    <Radio.Group label={t('version')} value={value} onChange={(each) => onChange(each as Version)}>
      <Stack gap="xs" mt="xs">
        <Radio value="latest" label={t('latest')} description={t('latestText')} />
        <Radio value="own" label={t('own')} description={t('ownText')} />
      </Stack>
    </Radio.Group>
  );
}

import { Divider, Stack } from '@mantine/core';
import { IconCode, IconRocket } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';

import { CopyField, Empty, LinkButton } from '../../ui';

/** How a workflow comes to be: three commands, or the browser. */
export function FirstSteps() {
  const t = useTranslations('developer.list');
  return (
    <Stack align="center">
      <Empty icon={<IconCode size={40} />} title={t('emptyTitle')} text={t('emptyText')} />
      <Stack gap="sm" w="100%" maw={460}>
        <CopyField label={t('stepInit')} value="millrace init first-workflow" />
        <CopyField label={t('stepDev')} value="cd first-workflow && millrace dev" />
        <CopyField label={t('stepDeploy')} value="millrace deploy" />
        <Divider label={t('orBrowser')} my="xs" />
        <LinkButton to="/app/developer/deploy" variant="default" leftSection={<IconRocket size={16} aria-hidden />}>
          {t('deploy')}
        </LinkButton>
      </Stack>
    </Stack>
  );
}

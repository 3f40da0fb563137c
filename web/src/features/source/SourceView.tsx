import { Card, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { CopyIcon, Empty } from '../../ui';
import { Editor } from './Editor';
import { FileTabs } from './FileTabs';
import type { Files } from './language/protocol';

/** The files of a version, to read. */
export function SourceView({ entry, files, height = 'min(72vh, 900px)' }: { entry?: string | undefined; files: Files; height?: string }) {
  const t = useTranslations('deploy.source');
  const paths = Object.keys(files).sort((a, b) => Number(b === entry) - Number(a === entry) || a.localeCompare(b));
  const [chosen, choose] = useState<string>();
  const open = chosen !== undefined && files[chosen] !== undefined ? chosen : paths[0];
  if (open === undefined) return <Empty title={t('none')} text={t('noneText')} />;
  const text = files[open] ?? '';
  return (
    <Card withBorder padding={0} style={{ height }}>
      <FileTabs
        paths={paths}
        open={open}
        onOpen={choose}
        entry={entry}
        actions={
          <Group gap={4} pr="xs" wrap="nowrap">
            <Text fz="xs" c="dimmed" visibleFrom="xs">
              {t('lines', { count: text.split('\n').length })}
            </Text>
            <CopyIcon value={text} label={open} />
          </Group>
        }
      >
        <Editor path={open} value={text} label={open} readOnly fontSize={13} />
      </FileTabs>
    </Card>
  );
}

import { Button, Group, Select, Stack } from '@mantine/core';
import { useTranslations } from 'use-intl';
import type { ReactNode } from 'react';

import { Empty } from '../../ui';
import type { OwnVersion } from './queries';
import { before, findVersion } from './versionDeeds';

interface SourceTabProps {
  versions: readonly OwnVersion[];
  v: string | undefined;
  compared: string | undefined;
  go: (to: { v: string; with: string | undefined }) => void;
  /** The source of a version, and what differs between two. */
  view: (version: OwnVersion) => ReactNode;
  diff: (older: OwnVersion, newer: OwnVersion) => ReactNode;
}

/** The source of a version as it was deployed, or what changed since another one. */
export function SourceTab({ versions, v, compared, go, view, diff }: SourceTabProps) {
  const t = useTranslations('developer.versions');
  const shown = findVersion(v, versions) ?? versions[0];
  if (!shown) return <Empty title={t('sourceNone')} text={t('sourceNoneText')} />;
  const other = findVersion(compared, versions);
  const previous = before(shown, versions);
  const options = versions.map((each) => ({ value: each.id, label: `${each.version} (${t('number', { number: each.number })})` }));
  return (
    <Stack gap="md">
      <Group align="flex-end" gap="sm">
        <Select label={t('version')} data={options} value={shown.id} allowDeselect={false} searchable onChange={(to) => to && go({ v: to, with: compared })} w={{ base: '100%', xs: 200 }} />
        <Select
          label={t('comparedWith')}
          placeholder={t('comparedNone')}
          data={options.filter((option) => option.value !== shown.id)}
          value={other && other.id !== shown.id ? other.id : null}
          clearable
          searchable
          onChange={(to) => go({ v: shown.id, with: to ?? undefined })}
          w={{ base: '100%', xs: 200 }}
        />
        {!other && previous && (
          <Button variant="default" onClick={() => go({ v: shown.id, with: previous.id })}>
            {t('comparePrevious')}
          </Button>
        )}
      </Group>
      {other && other.id !== shown.id ? diff(other, shown) : view(shown)}
    </Stack>
  );
}

import { Button, Group, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { Section } from '../../ui';
import { useMe } from '../identity/useMe';
import type { Asking } from './answers';
import { useEdits } from './deeds';
import { ownVersionsQuery, type Installation } from './queries';
import { UpdateForm } from './UpdateForm';

/** Takes any version: of an own workflow from the list, of another one by its name. */
export function OtherVersion({ installation, info, asking }: { installation: Installation; info: Schema<'VersionInfoAnswer'>; asking: Asking }) {
  const t = useTranslations('installation');
  const { me } = useMe();
  const edits = useEdits(installation);
  const isOwn = installation.publisher_id === me.tenant_id;
  const versions = useQuery({ ...ownVersionsQuery(installation.workflow_id), enabled: isOwn && edits });
  const [version, setVersion] = useState('');
  const [taken, take] = useState<{ name: string; word: string }>();
  if (!edits) return null;
  const others = (versions.data?.data ?? []).filter((each) => each.id !== info.current.version_id);
  if (isOwn && versions.data && others.length === 0) return null;
  const chosen = others.find((each) => each.id === version);
  const word = isOwn ? chosen?.id : version.trim();
  return (
    <Section title={t('otherVersion')} description={isOwn ? t('otherVersionText') : t('otherVersionForeign')}>
      <Group align="flex-end" gap="xs">
        {isOwn ? (
          <Select label={t('versionName')} searchable data={[...new Map(others.map((each) => [each.id, { value: each.id, label: `${each.version} (#${each.number})` }])).values()]} value={chosen?.id ?? null} onChange={(id) => setVersion(id ?? '')} style={{ flex: '0 1 280px' }} />
        ) : (
          <TextInput label={t('versionName')} placeholder="1.2.0" value={version} onChange={(event) => setVersion(event.currentTarget.value)} style={{ flex: '0 1 280px' }} />
        )}
        <Button variant="default" disabled={!word} onClick={() => word && take({ name: chosen?.version ?? word, word })}>{t('take')}</Button>
      </Group>
      {taken && <UpdateForm installation={installation} info={info} version={taken.name} byName={taken.word} versionId={isOwn ? taken.word : undefined} asking={asking} onClose={() => take(undefined)} />}
    </Section>
  );
}

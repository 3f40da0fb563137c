import { Button, Group, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { Section } from '../../ui';
import { useMe } from '../identity/useMe';
import { useEdits } from './deeds';
import { ownVersionsQuery, type Installation } from './queries';
import { UpdateForm } from './UpdateForm';

/** Takes any version: of an own workflow from the list, of another one by its name. */
export function OtherVersion({ installation, info }: { installation: Installation; info: Schema<'VersionInfoAnswer'> }) {
  const t = useTranslations('installation');
  const { me } = useMe();
  const edits = useEdits(installation);
  const isOwn = installation.publisher_id === me.tenant_id;
  const versions = useQuery({ ...ownVersionsQuery(installation.workflow_id), enabled: isOwn && edits });
  const [version, setVersion] = useState('');
  const [takes, setTakes] = useState(false);
  if (!edits) return null;
  const others = (versions.data?.data ?? []).filter((each) => each.id !== info.current.version_id);
  if (isOwn && versions.data && others.length === 0) return null;
  return (
    <Section title={t('otherVersion')} description={isOwn ? t('otherVersionText') : t('otherVersionForeign')}>
      <Group align="flex-end" gap="xs">
        {isOwn ? (
          <Select label={t('versionName')} searchable data={[...new Map(others.map((each) => [each.id, { value: each.id, label: `${each.version} (#${each.number})` }])).values()]} value={version || null} onChange={(id) => setVersion(id ?? '')} style={{ flex: '0 1 280px' }} />
        ) : (
          <TextInput label={t('versionName')} placeholder="1.2.0" value={version} onChange={(event) => setVersion(event.currentTarget.value)} style={{ flex: '0 1 280px' }} />
        )}
        <Button variant="default" disabled={!version.trim()} onClick={() => setTakes(true)}>{t('take')}</Button>
      </Group>
      {takes && <UpdateForm installation={installation} info={info} version={version.trim()} byName onClose={() => setTakes(false)} />}
    </Section>
  );
}

import { Button, Group, NumberInput, Select, Text } from '@mantine/core';
import { skipToken, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';
import { ProblemAlert, Section } from '../../ui';
import { rehearsalKey } from './queries';
import { RehearsalReport } from './RehearsalReport';
import { choices, type Version } from './versions';

/** Tries a version on what has been. */
export function Rehearsal({ id, versions, named }: { id: string; versions: readonly Version[]; named: Version }) {
  const t = useTranslations('developer.rehearsal');
  const queries = useQueryClient();
  const [version, setVersion] = useState(named.id);
  const [runs, setRuns] = useState<number | string>(5);
  // What was found stays while somebody looks at other tabs.
  const { data: found } = useQuery<Schema<'RehearsalAnswer'>>({ queryKey: rehearsalKey(id), queryFn: skipToken });
  const rehearse = useMutation({
    mutationFn: () => data(api.POST('/api/developer/workflows/{id}/rehearse', { params: { path: { id } }, body: { version, runs: Number(runs) || 5 } })),
    onSuccess: (answer) => queries.setQueryData(rehearsalKey(id), answer),
  });
  return (
    <Section title={t('title')} description={t('text')}>
      <Group align="flex-end" gap="sm" mb="md">
        <Select label={t('version')} data={choices(versions)} value={version} allowDeselect={false} onChange={(value) => value && setVersion(value)} w={{ base: '100%', xs: 200 }} />
        <NumberInput label={t('runs')} min={1} max={50} allowDecimal={false} clampBehavior="strict" value={runs} onChange={setRuns} w={{ base: '100%', xs: 260 }} />
        <Button onClick={() => rehearse.mutate()} loading={rehearse.isPending}>
          {found ? t('again') : t('start')}
        </Button>
      </Group>
      <Text fz="sm" role="status">
        {rehearse.isPending && t('under')}
      </Text>
      <ProblemAlert error={rehearse.error} />
      {found && !rehearse.isPending && <RehearsalReport answer={found} />}
    </Section>
  );
}

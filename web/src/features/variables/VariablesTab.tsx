import { ActionIcon, Button, Code, Group, Text } from '@mantine/core';
import { IconLock, IconPencil, IconTrash, IconVariable } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api } from '../../api/client';
import type { Schema } from '../../api/types';
import { CopyIcon, DataTable, Empty, Loaded, Section, Time, useConfirm, useDo, type Column } from '../../ui';
import { useMe } from '../identity/useMe';
import { variablesQuery } from './queries';
import { VariableDialog } from './VariableDialog';

type Variable = Schema<'VariableAnswer'>;

/** What a workflow's module reads from its environment. */
export function VariablesTab({ workflow }: { workflow: string }) {
  const t = useTranslations('developer.variables');
  const { edits } = useMe();
  const query = useQuery(variablesQuery(workflow));
  const [asked, ask] = useState<Variable | 'new'>();
  const columns: Array<Column<Variable>> = [
    { key: 'name', title: t('name'), main: true, render: (variable) => <Code fz="sm">{variable.name}</Code> },
    { key: 'value', title: t('value'), render: (variable) => <Value variable={variable} /> },
    { key: 'kind', title: t('kind'), render: (variable) => t(variable.secret ? 'isSecret' : 'isPlain') },
    { key: 'updated', title: t('updated'), render: (variable) => <Time at={variable.updated_at} /> },
    ...(edits ? [{ key: 'deeds', title: '', width: 96, align: 'right' as const, render: (variable: Variable) => <Deeds workflow={workflow} variable={variable} onChange={() => ask(variable)} /> }] : []),
  ];
  const add = edits && <Button onClick={() => ask('new')}>{t('add')}</Button>;
  return (
    <Section title={t('title')} description={t('text')} actions={add}>
      <Loaded query={query}>
        {({ data }) => (
          <DataTable label={t('title')} rows={data} columns={columns} id={(variable) => variable.name} empty={<Empty icon={<IconVariable size={40} />} title={t('emptyTitle')} text={t('emptyText')} />} />
        )}
      </Loaded>
      <VariableDialog workflow={workflow} variable={asked} onClose={() => ask(undefined)} />
    </Section>
  );
}

function Value({ variable }: { variable: Variable }) {
  const t = useTranslations('developer.variables');
  if (variable.secret) {
    return (
      <Group gap={6} wrap="nowrap">
        <IconLock size={15} aria-hidden />
        <Text span inherit>
          {t('isSecret')}
        </Text>
      </Group>
    );
  }
  return (
    <Group gap={4} wrap="nowrap">
      <Text span fz="sm" ff="monospace" lineClamp={2} style={{ overflowWrap: 'anywhere' }}>
        {variable.value}
      </Text>
      <CopyIcon value={variable.value ?? ''} label={variable.name} />
    </Group>
  );
}

function Deeds({ workflow, variable: { name }, onChange }: { workflow: string; variable: Variable; onChange: () => void }) {
  const t = useTranslations('developer.variables');
  const confirm = useConfirm();
  const unset = useDo({
    work: () => api.DELETE('/api/developer/workflows/{id}/variables/{name}', { params: { path: { id: workflow, name } } }),
    renews: [variablesQuery(workflow).queryKey],
    says: t('unsetDone', { name }),
  });
  const ask = async () => {
    if (await confirm({ title: t('unsetTitle', { name }), text: t('unsetText'), action: t('unsetDo'), danger: true })) unset.mutate();
  };
  return (
    <Group gap={4} justify="flex-end" wrap="nowrap">
      <ActionIcon variant="subtle" color="gray" aria-label={t('change', { name })} onClick={onChange}>
        <IconPencil size={16} aria-hidden />
      </ActionIcon>
      <ActionIcon variant="subtle" color="red" aria-label={t('unset', { name })} loading={unset.isPending} onClick={() => void ask()}>
        <IconTrash size={16} aria-hidden />
      </ActionIcon>
    </Group>
  );
}

import { Button, Code, Collapse, Stack, Table, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslations } from 'use-intl';

import { DataTable, StatusBadge, TextLink, type Column } from '../../ui';
import type { Change, Row } from './report';

/** Places of arguments that are shown of one run. */
const SHOWN = 12;

/** Each run that would go otherwise, with the first call that is not the same. */
export function RehearsalRows({ rows, of }: { rows: readonly Row[]; of: number }) {
  const t = useTranslations('developer.rehearsal');
  const columns: Array<Column<Row>> = [
    { key: 'run', title: t('run'), main: true, width: 190, render: (row) => <RunName row={row} /> },
    { key: 'first', title: t('first'), render: (row) => <First row={row} /> },
    { key: 'ended', title: t('ended'), width: 130, render: (row) => <End end={row.ended} /> },
    { key: 'ends', title: t('wouldEnd'), width: 170, render: (row) => (row.ends ? <End end={row.ends} code={row.code} /> : <Text span fz="sm" c="dimmed">{t('endUnknown')}</Text>) },
  ];
  return (
    <div>
      <Title order={3} size="sm" mb="xs">
        {t('differences')}
      </Title>
      <DataTable label={t('differences')} rows={rows} columns={columns} id={(row) => row.key} />
      {of > rows.length && (
        <Text fz="sm" c="dimmed" mt="xs">
          {t('differencesMost')}
        </Text>
      )}
      {rows.some((row) => row.run === undefined) && (
        <Text fz="sm" c="dimmed" mt="xs">
          {t('otherWorkspaceHint')}
        </Text>
      )}
    </div>
  );
}

function RunName({ row }: { row: Row }) {
  const t = useTranslations('developer.rehearsal');
  if (row.run === undefined) return <Text span inherit c="dimmed">{t('otherWorkspace')}</Text>;
  return (
    <TextLink to={`/app/runs/${row.run}` as string} ff="monospace" fz="sm" title={row.run} style={{ whiteSpace: 'nowrap' }}>
      {short(row.run)}
    </TextLink>
  );
}

/** An id by its beginning and its end: those of one day begin alike. */
function short(id: string): string {
  return id.length <= 20 ? id : `${id.slice(0, 8)}…${id.slice(-6)}`;
}

function End({ end, code }: { end: string; code?: string | undefined }) {
  const t = useTranslations('developer.rehearsal');
  const key = `ends.${end}` as 'ends.failed';
  const word = t.has(key) ? t(key) : end;
  return <StatusBadge status={end} label={code ? t('failsWith', { end: word, code }) : word} />;
}

function First({ row }: { row: Row }) {
  const t = useTranslations('developer.rehearsal');
  const [opened, { toggle }] = useDisclosure(false);
  return (
    <Stack gap={4} align="flex-start">
      <Text span fz="sm">
        {t(`kinds.${row.way}`, { seq: row.seq, was: row.was ?? t('somethingElse'), now: row.now ?? t('somethingElse') })}
      </Text>
      {row.changes.length > 0 && (
        <>
          <Button size="compact-xs" variant="default" onClick={toggle} aria-expanded={opened}>
            {opened ? t('hideArguments') : t('showArguments')}
          </Button>
          <Collapse expanded={opened}>
            <Changes row={row} changes={row.changes} />
          </Collapse>
        </>
      )}
    </Stack>
  );
}

function Changes({ row, changes }: { row: Row; changes: readonly Change[] }) {
  const t = useTranslations('developer.rehearsal');
  return (
    <>
      <Table fz="xs" layout="fixed" aria-label={t('argumentsOf', { run: row.run ?? '' })}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('path')}</Table.Th>
            <Table.Th>{t('was')}</Table.Th>
            <Table.Th>{t('now')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {changes.slice(0, SHOWN).map((change) => (
            <Table.Tr key={change.path} style={{ overflowWrap: 'anywhere', verticalAlign: 'top' }}>
              <Table.Td ff="monospace">{change.path || t('whole')}</Table.Td>
              <Table.Td>
                <Value value={change.was} />
              </Table.Td>
              <Table.Td>
                <Value value={change.now} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {changes.length > SHOWN && <Text fz="xs">{t('moreChanges', { count: changes.length - SHOWN })}</Text>}
    </>
  );
}

function Value({ value }: { value: unknown }) {
  const t = useTranslations('developer.rehearsal');
  if (value === undefined) return <Text span fz="xs" c="dimmed">{t('absent')}</Text>;
  const text = JSON.stringify(value);
  return <Code>{text.length > 300 ? `${text.slice(0, 300)}…` : text}</Code>;
}

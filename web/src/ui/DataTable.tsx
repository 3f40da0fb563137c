import { Button, Group, Table, Text, VisuallyHidden } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { KeyboardEvent, MouseEvent, ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import classes from './DataTable.module.css';

/** One column. `main` is what a row is called on a phone, where rows become cards. */
export interface Column<Row> {
  key: string;
  /** Empty over buttons: people who hear the table are told that it is the column of actions. */
  title: string;
  render: (row: Row) => ReactNode;
  align?: 'right' | undefined;
  width?: number | string | undefined;
  main?: boolean | undefined;
}

interface DataTableProps<Row> {
  /** What the table lists, for people who hear it. */
  label: string;
  rows: readonly Row[];
  columns: ReadonlyArray<Column<Row>>;
  id: (row: Row) => string;
  /** Where a row leads: the whole row is a target for the mouse; the main cell should hold the link itself. */
  href?: ((row: Row) => string) | undefined;
  empty?: ReactNode;
  /** There is a next page. */
  more?: { load: () => void; loading: boolean } | undefined;
}

/** A list: a table where there is room, cards on a phone. */
export function DataTable<Row>({ label, rows, columns, id, href, empty, more }: DataTableProps<Row>) {
  const t = useTranslations('common');
  const navigate = useNavigate();
  if (rows.length === 0 && !more && empty) return <>{empty}</>;
  const open = (row: Row) => (event: MouseEvent | KeyboardEvent) => {
    if (!href || (event.target as HTMLElement).closest('a, button, input, label, [role="menuitem"]')) return;
    if (window.getSelection()?.toString()) return;
    void navigate({ to: href(row) });
  };
  return (
    <>
      <Table className={classes.table} verticalSpacing="xs" highlightOnHover={href !== undefined} aria-label={label}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th key={column.key} ta={column.align} w={column.width}>
                {column.title || <VisuallyHidden>{t('actions')}</VisuallyHidden>}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={id(row)} onClick={open(row)} className={href ? classes.link : undefined}>
              {columns.map((column) => (
                <Table.Td key={column.key} ta={column.align} data-title={column.title} data-main={column.main}>
                  {column.render(row)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {more && (
        <Group justify="center" gap="sm" mt="sm">
          <Button variant="default" size="sm" onClick={more.load} loading={more.loading}>
            {t('more')}
          </Button>
          <Text fz="sm" c="dimmed">
            {t('rowsLoaded', { count: rows.length })}
          </Text>
        </Group>
      )}
    </>
  );
}

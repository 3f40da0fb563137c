import { ActionIcon, Button, Code, Group, Progress, SegmentedControl, Stack, Text, Tooltip } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api } from '../../api/client';
import type { Schema } from '../../api/types';
import { locale } from '../../i18n';
import { DataTable, Empty, ProblemAlert, Section, TableSkeleton, Time, useConfirm, useDo } from '../../ui';
import { useMe } from '../identity/useMe';
import { storageQuery, type Installation } from './queries';

/** `1.2 MB`, in the reader's spelling. */
export function bytesText(bytes: number): string {
  const [unit, size] = bytes >= 1_000_000 ? (['megabyte', 1_000_000] as const) : bytes >= 1000 ? (['kilobyte', 1000] as const) : (['byte', 1] as const);
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: unit === 'byte' ? 'long' : 'short', maximumFractionDigits: 1 }).format(bytes / size);
}

/** What the workflow keeps: keys and sizes. */
export function StorageTab({ installation }: { installation: Installation }) {
  const t = useTranslations('installation');
  const { edits } = useMe();
  const confirm = useConfirm();
  const [space, setSpace] = useState<Schema<'StorageSpace'>>('storage');
  const query = useInfiniteQuery(storageQuery(installation.id, space));
  const remove = useDo({
    work: (key: string | undefined) => api.DELETE('/api/installations/{id}/storage', { params: { path: { id: installation.id }, query: key === undefined ? {} : { space, key } } }),
    renews: [['installations', installation.id, 'storage']],
  });
  const first = query.data?.pages[0];
  const rows = query.data?.pages.flatMap((page) => page.data) ?? [];
  const removeKey = async (key: string) => {
    if (await confirm({ title: t('deleteKey', { key }), text: t('deleteKeyText'), action: t('deleteKey', { key: '' }).trim(), danger: true })) remove.mutate(key);
  };
  const clear = async () => {
    if (await confirm({ title: t('clearTitle'), text: t('clearText'), action: t('clear'), danger: true, word: installation.workflow })) remove.mutate(undefined);
  };
  return (
    <Section title={t('storage')} description={t('storageText')} actions={edits && first && first.bytes > 0 && <Button color="red" variant="outline" onClick={() => void clear()} loading={remove.isPending}>{t('clear')}</Button>}>
      <Stack gap="md">
        {first && (
          <div>
            <Text fz="sm" mb={4}>{t('used', { used: bytesText(first.bytes), limit: bytesText(first.limit_bytes) })}</Text>
            <Progress value={(first.bytes / first.limit_bytes) * 100} aria-label={t('used', { used: bytesText(first.bytes), limit: bytesText(first.limit_bytes) })} color={first.bytes > first.limit_bytes * 0.9 ? 'red' : undefined} />
          </div>
        )}
        <Group>
          <SegmentedControl aria-label={t('space')} value={space} onChange={(value) => setSpace(value as Schema<'StorageSpace'>)} data={[{ value: 'storage', label: t('space_storage') }, { value: 'kv', label: t('space_kv') }]} />
        </Group>
        {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
        {query.isPending ? (
          <TableSkeleton />
        ) : (
          !query.isError && (
            <DataTable
              label={t('storage')}
              rows={rows}
              id={(row) => row.key}
              empty={<Empty title={t('noKeys')} text={t('noKeysText')} />}
              more={query.hasNextPage ? { load: () => void query.fetchNextPage(), loading: query.isFetchingNextPage } : undefined}
              columns={[
                { key: 'key', title: t('key'), main: true, render: (row) => <Code style={{ overflowWrap: 'anywhere' }}>{row.key}</Code> },
                { key: 'bytes', title: t('size'), align: 'right', render: (row) => bytesText(row.bytes) },
                { key: 'at', title: t('written'), render: (row) => <Time at={row.updated_at} /> },
                { key: 'expires', title: t('expires'), render: (row) => <Time at={row.expires_at} /> },
                ...(edits
                  ? [
                      {
                        key: 'delete', title: '', align: 'right' as const,
                        render: (row: Schema<'StoredKey'>) => (
                          <Tooltip label={t('deleteKey', { key: row.key })}>
                            <ActionIcon variant="subtle" color="red" aria-label={t('deleteKey', { key: row.key })} onClick={() => void removeKey(row.key)}>
                              <IconTrash size={16} aria-hidden />
                            </ActionIcon>
                          </Tooltip>
                        ),
                      },
                    ]
                  : []),
              ]}
            />
          )
        )}
      </Stack>
    </Section>
  );
}

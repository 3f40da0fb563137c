import { Anchor, Button, Stack } from '@mantine/core';
import { IconDownload, IconHistory, IconShieldCheck } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { DataTable, Empty, Page, ProblemAlert, Section, StatusBadge, TableSkeleton, Time, useDo } from '../../ui';
import { useActorName } from './actors';
import { Filters } from './Filters';
import { auditQuery, fetchExport } from './queries';
import { RowDrawer, toneOf } from './RowDrawer';
import type { AuditSearch } from './search';

const VerifyDialog = lazy(() => import('./VerifyDialog'));

type Row = Schema<'AuditRow'>;

/** Who changed what. */
export function AuditPage({ search, onSearch }: { search: AuditSearch; onSearch: (search: AuditSearch) => void }) {
  const t = useTranslations('settings.audit');
  const query = useInfiniteQuery({ ...auditQuery(search), placeholderData: keepPreviousData });
  const [open, setOpen] = useState<Row>();
  const [verifying, verify] = useState(false);
  const save = useDo({ work: async () => download(await (await fetchExport(search)).blob()), says: t('exported') });
  const rows = query.data?.pages.flatMap((page) => page.data);
  const nameOf = useActorName(rows ?? []);
  return (
    <Page
      title={t('title')}
      description={t('description')}
      actions={
        <>
          <Button variant="default" leftSection={<IconShieldCheck size={16} aria-hidden />} onClick={() => verify(true)}>
            {t('verify')}
          </Button>
          <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />} loading={save.isPending} onClick={() => save.mutate()}>
            {t('export')}
          </Button>
        </>
      }
    >
      <Section title={t('list')}>
        <Stack>
          <Filters search={search} onSearch={onSearch} />
          {rows ? (
            <DataTable
              label={t('list')}
              rows={rows}
              id={(row) => String(row.seq)}
              empty={<Empty icon={<IconHistory size={36} stroke={1.4} />} title={t('none')} text={t('noneText')} />}
              more={query.hasNextPage ? { load: () => void query.fetchNextPage(), loading: query.isFetchingNextPage } : undefined}
              columns={[
                {
                  key: 'what',
                  title: t('what'),
                  main: true,
                  render: (row) => (
                    <Anchor component="button" type="button" ta="left" onClick={() => setOpen(row)} aria-label={t('detailOf', { action: `${row.action} ${row.seq}` })}>
                      {row.action}
                    </Anchor>
                  ),
                },
                { key: 'who', title: t('who'), render: nameOf },
                { key: 'about', title: t('about'), render: (row) => `${row.resource.type} ${row.resource.id}` },
                { key: 'outcome', title: t('outcome'), render: (row) => <StatusBadge status={row.outcome} {...toneOf(row.outcome)} /> },
                { key: 'at', title: t('at'), render: (row) => <Time at={row.at} /> },
                { key: 'seq', title: t('seq'), align: 'right', render: (row) => row.seq },
              ]}
            />
          ) : query.isError ? (
            <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
          ) : (
            <TableSkeleton rows={8} />
          )}
        </Stack>
      </Section>
      {open && <RowDrawer row={open} actor={nameOf(open)} onClose={() => setOpen(undefined)} onSearch={onSearch} />}
      <Suspense>{verifying && <VerifyDialog onClose={() => verify(false)} />}</Suspense>
    </Page>
  );
}

/** Hands a file to the person. */
function download(blob: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = `audit-${new Date().toISOString().slice(0, 10)}.ndjson`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

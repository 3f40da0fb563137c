import { Skeleton, Stack, Text, Tooltip } from '@mantine/core';
import { IconRocket } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { DataTable, LinkButton, Loaded, Page, TextLink, Time, type Column } from '../../ui';
import { useMe } from '../identity/useMe';
import { FirstSteps } from './FirstSteps';
import { StateBadge, VisibilityMark } from './ListingBadges';
import { RegisterButton } from './Register';
import { latelyQuery, myWorkflowsQuery } from './queries';

type Row = Schema<'ListedWorkflow'>;

/** What this workspace has deployed. */
export function MyWorkflowsPage() {
  const t = useTranslations('developer.list');
  const { edits, role } = useMe();
  const query = useInfiniteQuery(myWorkflowsQuery);
  const columns: Array<Column<Row>> = [
    { key: 'name', title: t('name'), main: true, render: (row) => <Name row={row} /> },
    { key: 'state', title: t('state'), render: ({ listing }) => (listing ? <StateBadge state={listing.status} /> : '–') },
    { key: 'visibility', title: t('visibility'), render: ({ listing }) => (listing ? <VisibilityMark visibility={listing.visibility} /> : '–') },
    { key: 'version', title: t('version'), render: ({ listing }) => <Text span inherit className="tabular">{listing?.version ?? t('notPublished')}</Text> },
    { key: 'installs', title: t('installs'), align: 'right', render: ({ listing }) => <Tooltip label={t('installsHint')}><span className="tabular">{listing?.installs ?? 0}</span></Tooltip> },
    { key: 'errors', title: t('errors'), render: ({ id }) => <Lately id={id} /> },
    { key: 'updated', title: t('updated'), render: (row) => <Time at={row.updated_at} /> },
  ];
  const seesMoney = role === 'owner' || role === 'admin';
  return (
    <Page
      title={t('title')}
      description={t('description')}
      actions={
        <>
          {seesMoney && <RegisterButton />}
          {edits && (
            <LinkButton to="/app/developer/deploy" leftSection={<IconRocket size={16} aria-hidden />}>
              {t('deploy')}
            </LinkButton>
          )}
        </>
      }
    >
      <Loaded query={query}>
        {({ pages }) => (
          <DataTable
            label={t('title')}
            rows={pages.flatMap((page) => page.data)}
            columns={columns}
            id={(row) => row.id}
            href={(row) => `/app/developer/workflows/${row.id}`}
            empty={<FirstSteps />}
            more={query.hasNextPage ? { load: () => void query.fetchNextPage(), loading: query.isFetchingNextPage } : undefined}
          />
        )}
      </Loaded>
    </Page>
  );
}

function Name({ row }: { row: Row }) {
  return (
    <Stack gap={0}>
      <TextLink to="/app/developer/workflows/$id" params={{ id: row.id }} fw={600} fz="sm">
        {row.name || row.slug}
      </TextLink>
      <Text fz="xs" c="dimmed" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
        {row.slug}
      </Text>
    </Stack>
  );
}

function Lately({ id }: { id: string }) {
  const t = useTranslations('developer.list');
  const { data, isError } = useQuery(latelyQuery(id));
  if (isError) return <>–</>;
  if (!data) return <Skeleton height={16} width={90} />;
  const { completed, failed } = data.executions;
  const ended = completed + failed;
  if (ended === 0) return <Text span inherit c="dimmed">{t('noRuns')}</Text>;
  if (failed === 0) return <>{t('allWell', { ended })}</>;
  return (
    <TextLink to={`/app/analytics/${id}` as string} fz="sm" c="light-dark(var(--mantine-color-red-9), var(--mantine-color-red-3))">
      {t('failedOf', { failed, ended })}
    </TextLink>
  );
}

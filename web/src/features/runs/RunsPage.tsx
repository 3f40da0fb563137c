import { Button, Card, Group, Stack, Text, VisuallyHidden } from '@mantine/core';
import { useDocumentVisibility } from '@mantine/hooks';
import { IconPlayerPlay } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { useTranslations } from 'use-intl';

import { useMe } from '../identity/useMe';
import { Empty, LinkButton, Page, ProblemAlert, TableSkeleton } from '../../ui';
import { BulkBar } from './BulkBar';
import { isOver } from './deeds';
import { filterOf, isFiltered, onlyWorkflow, searchOf, sinceOf, type RunsFilter } from './filters';
import { newRunsQuery, runsQuery } from './queries';
import { ResumeManyDialog } from './ResumeManyDialog';
import { RunsFilters } from './RunsFilters';
import { RunsTable } from './RunsTable';

/** How often the list is looked at while something in it goes on, per page that is loaded. */
const LIVE = 3000;
/** How often it is asked whether there is something new. */
const FRESH = 5000;

/** Runs of the workspace. */
export function RunsPage({ filter }: { filter: RunsFilter }) {
  const t = useTranslations('runs');
  const { edits } = useMe();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const visible = useDocumentVisibility() === 'visible';
  const [epoch, setEpoch] = useState(0);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  // What is meant stays what it was when it was asked for, however long the dialog is open.
  const [resuming, setResuming] = useState<Parameters<typeof ResumeManyDialog>[0]['which']>();

  const list = useInfiniteQuery({
    ...runsQuery(queries, filter, epoch),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => {
      const pages = state.data?.pages ?? [];
      return pages.some((page) => page.data.some((run) => !isOver(run.status))) ? LIVE * Math.max(1, pages.length) : false;
    },
  });
  const pages = list.data?.pages;
  const newest = pages?.[0]?.data[0];
  const fresh = useQuery({ ...newRunsQuery(filter, newest), refetchInterval: visible ? FRESH : false });
  // Where nothing is shown, nothing can be shoved: the first run appears by itself.
  const waitsForFirst = pages !== undefined && newest === undefined;
  useQuery({ queryKey: ['runs', 'first', filter], enabled: waitsForFirst, refetchInterval: FRESH, queryFn: async () => (await list.refetch(), null) });

  const runs = useMemo(() => (pages ?? []).flatMap((page) => page.data), [pages]);
  const codes = useMemo(() => [...new Set(runs.flatMap((run) => run.error_code ?? []))].sort(), [runs]);
  const count = fresh.data?.data.length ?? 0;

  const change = (next: RunsFilter) => {
    setSelected(new Set());
    void navigate({ to: '/app/runs', search: searchOf(next), replace: true });
  };
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage, isPlaceholderData } = list;
  const onEnd = useCallback(() => {
    // What was refused is asked for again by whoever presses the button, not by being at the end of the list.
    if (hasNextPage && !isFetchingNextPage && !isFetchNextPageError && !isPlaceholderData) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isFetchNextPageError, isPlaceholderData, fetchNextPage]);
  const onSelect = useCallback((ids: readonly string[], on: boolean) => {
    setSelected((before) => {
      const after = new Set(before);
      for (const id of ids) if (on) after.add(id);
      else after.delete(id);
      return after;
    });
  }, []);
  const showFresh = () => {
    setEpoch(epoch + 1);
    window.scrollTo({ top: 0 });
  };
  const onlyFailed = filter.status.length === 1 && filter.status[0] === 'failed';

  return (
    <Page
      title={t('title')}
      description={t('description')}
      actions={
        edits && onlyFailed && runs.length > 0 && filter.kind === undefined && filter.trigger === undefined && filter.workflow === undefined && filter.parent === undefined && (
          <Button variant="default" leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={() => setResuming({ installation: filter.installation, error_code: filter.error, failed_after: sinceOf(filter, Date.now()), failed_before: filter.until })}>
            {t('resumeAll')}
          </Button>
        )
      }
    >
      <RunsFilters filter={filter} codes={codes} workflow={runs.find((run) => run.workflow?.id === filter.workflow)?.workflow?.name} onChange={(each) => change({ ...filter, ...each })} onClear={() => change(filterOf({}))} />
      <VisuallyHidden role="status">{count > 0 ? t('fresh', { count }) : ''}</VisuallyHidden>
      {pages === undefined ? (
        list.isError ? <ProblemAlert error={list.error} onRetry={() => void list.refetch()} /> : <TableSkeleton rows={10} height={42} />
      ) : runs.length === 0 && !hasNextPage ? (
        <Nothing filter={filter} onClear={() => change(filterOf({}))} />
      ) : (
        <Card withBorder padding="xs" style={{ overflow: 'visible', opacity: isPlaceholderData ? 0.6 : 1 }}>
          {/* Always there, so that the rows do not move when something is new. */}
          <Group h={32} px={8} justify="space-between" wrap="nowrap">
            <Text fz="sm" c="dimmed" className="tabular">
              {hasNextPage ? t('countSoFar', { count: runs.length }) : t('count', { count: runs.length })}
            </Text>
            {count > 0 && (
              <Button size="compact-sm" variant="light" onClick={showFresh}>
                {fresh.data?.next_cursor ? t('freshMany', { count }) : t('fresh', { count })} · {t('showFresh')}
              </Button>
            )}
          </Group>
          <RunsTable runs={runs} selected={edits ? selected : undefined} onSelect={onSelect} onEnd={onEnd} />
          {hasNextPage && (
            <Stack align="center" gap={4} py="sm">
              {isFetchNextPageError && <ProblemAlert error={list.error} />}
              <Button variant="default" size="sm" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                {t('further')}
              </Button>
            </Stack>
          )}
        </Card>
      )}
      {edits && <BulkBar runs={runs} selected={selected} onClear={() => setSelected(new Set())} />}
      {resuming && <ResumeManyDialog which={resuming} onClose={() => setResuming(undefined)} />}
    </Page>
  );
}

function Nothing({ filter, onClear }: { filter: RunsFilter; onClear: () => void }) {
  const t = useTranslations('runs');
  const workflow = onlyWorkflow(filter);
  if (workflow !== undefined) {
    return <Empty title={t('none')} text={t('noneOfText')} action={<LinkButton to="/workflows/$id" params={{ id: workflow }}>{t('noneOfAction')}</LinkButton>} />;
  }
  return isFiltered(filter) ? (
    <Empty title={t('noMatch')} text={t('noMatchText')} action={<Button variant="default" onClick={onClear}>{t('filters.clear')}</Button>} />
  ) : (
    <Empty title={t('none')} text={t('noneText')} action={<LinkButton to={'/app/workflows' as string}>{t('noneAction')}</LinkButton>} />
  );
}

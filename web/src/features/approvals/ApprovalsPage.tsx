import { Card, Grid, SegmentedControl, Stack, Text } from '@mantine/core';
import { IconChecklist } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo, useState, type KeyboardEvent } from 'react';
import { useTranslations } from 'use-intl';

import { Empty, Page, ProblemAlert, TableSkeleton } from '../../ui';
import { useMe } from '../identity/useMe';
import { ApprovalDetail } from './ApprovalDetail';
import { ApprovalList } from './ApprovalList';
import { Decide, type Verdict } from './Decide';
import { inOrder } from './order';
import { approvalsQuery, filters, type Approval, type Filter } from './queries';

interface ApprovalsPageProps {
  filter: Filter;
  selected: string | undefined;
  onFilter: (filter: Filter) => void;
  onSelect: (id: string | undefined) => void;
}

/** What waits for a decision, and what was decided. */
export function ApprovalsPage({ filter, selected, onFilter, onSelect }: ApprovalsPageProps) {
  const t = useTranslations('approvals');
  const { edits } = useMe();
  const query = useInfiniteQuery(approvalsQuery(filter));
  const rows = useMemo(() => inOrder(query.data?.pages.flatMap((page) => page.data) ?? []), [query.data]);
  const [deciding, setDeciding] = useState<{ approval: Approval; verdict: Verdict }>();
  const current = rows.find((row) => row.id === selected) ?? (selected === undefined ? rows[0] : undefined);
  const words: Record<Filter, string> = { pending: t('waiting'), approved: t('approved'), rejected: t('rejected'), closed: t('closed'), all: t('everything') };
  const onKey = (event: KeyboardEvent) => {
    const typing = (event.target as HTMLElement).closest('input, textarea, [role="dialog"], [role="radiogroup"]');
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !edits || current?.status !== 'pending') return;
    const verdict = event.key === 'a' ? 'approve' : event.key === 'r' ? 'reject' : undefined;
    if (!verdict) return;
    event.preventDefault();
    setDeciding({ approval: current, verdict });
  };
  return (
    <Page title={t('title')} description={t('description')}>
      <SegmentedControl aria-label={t('filter')} value={filter} onChange={(value) => onFilter(value as Filter)} data={filters.map((each) => ({ value: each, label: words[each] }))} style={{ alignSelf: 'flex-start', maxWidth: '100%', overflowX: 'auto' }} />
      {query.isError && <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <TableSkeleton rows={4} height={64} />}
      {query.data && rows.length === 0 && (
        <Empty icon={<IconChecklist size={40} />} title={filter === 'pending' || filter === 'all' ? t('none') : t('noneDecided')} text={filter === 'pending' || filter === 'all' ? t('noneText') : t('noneDecidedText')} />
      )}
      {rows.length > 0 && (
        <Grid onKeyDown={onKey} gap="lg">
          <Grid.Col span={{ base: 12, md: 5, lg: 4 }}>
            <ApprovalList rows={rows} selected={current?.id} onSelect={onSelect} more={query.hasNextPage ? { load: () => void query.fetchNextPage(), loading: query.isFetchingNextPage } : undefined} />
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 7, lg: 8 }}>
            {current ? (
              <Stack gap="xs">
                <ApprovalDetail approval={current} onDecide={(verdict) => setDeciding({ approval: current, verdict })} />
                {edits && current.status === 'pending' && (
                  <Text fz="sm" c="dimmed" visibleFrom="sm">
                    {t('keys')}
                  </Text>
                )}
              </Stack>
            ) : (
              <Card withBorder>
                <Text c="dimmed">{t('choose')}</Text>
              </Card>
            )}
          </Grid.Col>
        </Grid>
      )}
      {deciding && <Decide key={deciding.approval.id} {...deciding} onClose={() => setDeciding(undefined)} onDone={() => onSelect(undefined)} />}
    </Page>
  );
}

import { Alert, Button, Group, Loader, Modal, ScrollArea, Stack, Table, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { ProblemAlert, TextLink, useDo, useFormat } from '../../ui';
import { resumeChosen, resumeRuns, type ResumeItem } from './deeds';
import { differenceName } from './Difference';
import { shortId, useNames } from './names';
import { given } from './queries';
import { VersionChoice, versionName, type Version } from './VersionChoice';

type Which = Partial<Pick<Schema<'ResumeGroupRequest'>, 'installation' | 'error_code' | 'failed_after' | 'failed_before'>>;

/** Runs that are tried in one request. */
const BATCH = 100;

interface ResumeManyProps {
  /** Chosen runs; without them, all failed ones that `which` means. */
  ids?: readonly string[];
  which?: { [Name in keyof Which]?: Which[Name] | undefined };
  onClose: () => void;
}

/** Resumes many: first tells of each what would happen, then does it. */
export function ResumeManyDialog({ ids, which = {}, onClose }: ResumeManyProps) {
  const t = useTranslations('runs.resumption');
  const common = useTranslations('common');
  const format = useFormat();
  const { installation } = useNames();
  const queries = useQueryClient();
  const [version, setVersion] = useState<Version>('latest');
  const [done, setDone] = useState(0);
  const named = given({ version: versionName(version) });
  const trial = useQuery({
    queryKey: ['resume', ids ?? which, version],
    staleTime: Infinity,
    gcTime: 0,
    queryFn: async () => (ids ? { data: await resumeChosen(ids, { ...named, dry_run: true }), next_cursor: null } : resumeRuns({ ...given(which as Which), ...named, dry_run: true, limit: BATCH })),
  });
  const go = useDo({
    work: async () => {
      setDone(0);
      if (ids) return resumeChosen(ids, named, setDone);
      const all: ResumeItem[] = [];
      let cursor: string | undefined;
      do {
        const page = await resumeRuns({ ...given(which as Which), ...named, ...given({ cursor }), limit: BATCH });
        all.push(...page.data);
        setDone(all.length);
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined);
      return all;
    },
    quiet: true,
    done: () => void queries.invalidateQueries({ queryKey: ['runs'] }),
  });
  const items = go.data ?? trial.data?.data;
  const ready = items?.filter((item) => item.resumed).length ?? 0;
  const more = trial.data?.next_cursor !== undefined && trial.data.next_cursor !== null;
  return (
    <Modal opened onClose={onClose} title={t('titleMany')} size="xl">
      <Stack>
        <Text fz="sm">{t('textMany')}</Text>
        {!ids && (
          <Text fz="sm" fw={550}>
            {t('allOf', {
              installation: which.installation ? (installation(which.installation)?.name ?? shortId(which.installation)) : 'none',
              error: which.error_code ?? 'none',
              since: which.failed_after ? format.instant(which.failed_after) : 'none',
              until: which.failed_before ? format.instant(which.failed_before) : 'none',
            })}
          </Text>
        )}
        {!go.data && <VersionChoice value={version} onChange={setVersion} />}
        <ProblemAlert error={go.error ?? trial.error} onRetry={trial.isError ? () => void trial.refetch() : undefined} />
        {trial.isFetching && (
          <Group gap="xs" role="status">
            <Loader size="xs" />
            <Text fz="sm">{t('looking')}</Text>
          </Group>
        )}
        {items && !trial.isFetching && (
          <>
            <Text fz="sm" role="status" fw={550}>
              {items.length === 0 ? t('none') : go.data ? t('done', { count: ready, refused: items.length - ready }) : t('ready', { ready, refused: items.length - ready })}
            </Text>
            {items.length > 0 && <Items items={items} done={go.data !== undefined} />}
            {more && !go.data && <Alert variant="light">{t('moreThan', { count: items.length })}</Alert>}
          </>
        )}
        <Group justify="flex-end">
          {go.isPending && (
            <Text fz="sm" role="status" className="tabular">
              {t('progress', { done, count: ids?.length ?? Math.max(done, items?.length ?? 0) })}
            </Text>
          )}
          <Button variant="default" onClick={onClose}>
            {go.data ? common('close') : common('cancel')}
          </Button>
          {!go.data && (
            <Button onClick={() => go.mutate()} loading={go.isPending} disabled={trial.isFetching || ready === 0}>
              {more ? t('goAll') : t('goMany', { count: ready })}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

function Items({ items, done }: { items: readonly ResumeItem[]; done: boolean }) {
  const t = useTranslations('runs.resumption');
  return (
    <ScrollArea.Autosize mah={320} type="auto" viewportProps={{ tabIndex: 0 }}>
      <Table verticalSpacing={6} fz="sm" stickyHeader>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('run')}</Table.Th>
            <Table.Th ta="right">{t('keeps')}</Table.Th>
            <Table.Th>{t('difference')}</Table.Th>
            {done && <Table.Th>{t('becomes')}</Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map(({ run_id, resumed, refused }) => (
            <Table.Tr key={run_id}>
              <Table.Td>
                <TextLink to="/app/runs/$id" params={{ id: run_id }} target="_blank" fz="inherit">
                  {shortId(run_id)}
                </TextLink>
              </Table.Td>
              <Table.Td ta="right" className="tabular">
                {resumed?.kept}
              </Table.Td>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>
                {refused ? `${t('refused')}: ${refused.message} (${refused.code})` : resumed?.difference ? t('call', { seq: resumed.difference.seq, name: differenceName(resumed.difference) }) : t('noDifference')}
              </Table.Td>
              {done && (
                <Table.Td>
                  {resumed?.run_id && (
                    <TextLink to="/app/runs/$id" params={{ id: resumed.run_id }} target="_blank" fz="inherit">
                      {shortId(resumed.run_id)}
                    </TextLink>
                  )}
                </Table.Td>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea.Autosize>
  );
}

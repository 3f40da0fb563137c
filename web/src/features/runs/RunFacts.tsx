import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { CopyIcon, Facts, Span, TextLink, Time } from '../../ui';
import { isOver } from './deeds';
import { shortId, useNames } from './names';
import { childrenQuery } from './queries';
import { Elapsed, triggerWords } from './RunsTable';

/** What a run is: of which version, started by what, when, how long, and its relatives. */
export function RunFacts({ run, asked }: { run: Schema<'RunDetail'>; asked: number }) {
  const t = useTranslations('runs.page');
  const runs = useTranslations('runs');
  const { name, version, installation } = useNames();
  // Only a run that asked for a child has any.
  const children = useQuery(childrenQuery(run.id, asked));
  const count = children.data?.data.length ?? 0;
  const link = (id: string | null | undefined): ReactNode =>
    id && (
      <TextLink to="/app/runs/$id" params={{ id }}>
        {shortId(id)}
      </TextLink>
    );
  const queued = run.started_at ? Date.parse(run.started_at) - Date.parse(run.created_at) : undefined;
  return (
    <Facts
      cols={5}
      items={[
        [t('installation'), installation(run.installation_id) ? <TextLink to={`/app/installations/${run.installation_id}` as string}>{name(run)}</TextLink> : name(run)],
        [t('version'), version(run)],
        [t('trigger'), triggerWords(runs, run.trigger)],
        [t('accepted'), <Time at={run.created_at} exact />],
        [t('took'), isOver(run.status) ? <Span ms={run.duration_ms} /> : <><Elapsed since={run.created_at} /> {t('sofar')}</>],
        // Below that nobody wonders.
        [t('queuedFor'), queued !== undefined && queued >= 1000 ? <Span ms={queued} /> : undefined],
        [t('attempts'), run.attempt > 1 ? run.attempt : undefined],
        [t('generation'), run.generation > 0 ? t('generationText', { count: run.generation }) : undefined],
        [t('parent'), link(run.parent_id)],
        [t('retryOf'), link(run.retry_of)],
        [t('resumedFrom'), link(run.resumed_from)],
        [t('resumedBy'), link(run.resumed_by)],
        [t('children'), count > 0 ? <TextLink to="/app/runs" search={{ parent: run.id }}>{children.data?.next_cursor ? t('manyChildren', { count }) : t('allChildren', { count })}</TextLink> : undefined],
        [t('id'), <Text span ff="monospace" fz="sm">{shortId(run.id)} <CopyIcon value={run.id} label={t('id')} /></Text>],
      ]}
    />
  );
}

import { Alert, Anchor, Badge, Box, Button, Code, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';
import { JsonTree, ProblemAlert } from '../../ui';
import classes from './Failure.module.css';
import { adviceOf, excerpt, framesOf, type Frame } from './stack';

type Run = Schema<'RunDetail'>;

/** The API leaves the form of a run's error open; these members are described. */
export interface RunError {
  code?: string;
  message?: string;
  name?: string;
  stack?: string;
  data?: unknown;
  hint?: string;
}

/** Codes without a page of their own are the author's. */
const documented = /^[A-Z][A-Z0-9_]+$/;

/** Why a run failed, where, and what to do. */
export function Failure({ run, toCall }: { run: Run; toCall: (() => void) | undefined }) {
  const t = useTranslations('runs.failure');
  const error = (run.error ?? {}) as RunError;
  const code = error.code ?? 'ERROR';
  const advice = adviceOf(code);
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle size={20} aria-hidden />} title={t('title')}>
      <Stack gap="sm">
        <div>
          <Group gap="xs" mb={4}>
            <Badge variant="outline" color="red" tt="none" ff="monospace" c="light-dark(var(--mantine-color-red-9), var(--mantine-color-red-3))">
              {code}
            </Badge>
            {advice !== 'workflow' && documented.test(code) && (
              <Anchor href={`/api/docs/errors/${code}`} target="_blank" fz="sm">
                {t('explain', { code })}
              </Anchor>
            )}
          </Group>
          <Text fw={550} style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
            {error.message || t('noMessage')}
          </Text>
        </div>
        <Failure.Place run={run} />
        {error.data !== undefined && error.data !== null && (
          <Box>
            <Text fz="sm" fw={600} mb={4}>
              {t('data')}
            </Text>
            <JsonTree value={error.data} open={1} />
          </Box>
        )}
        <Text fz="sm">
          <b>{t('whatToDo')}: </b>
          {error.hint ?? t(`advice.${advice}`)}
        </Text>
        {toCall && (
          <Group>
            <Button size="xs" variant="default" onClick={toCall}>
              {t('toCall')}
            </Button>
          </Group>
        )}
      </Stack>
    </Alert>
  );
}

/** The stack in the author's files, and on demand the lines there. Nothing where the error has no stack. */
Failure.Place = function Place({ run }: { run: Run }) {
  const t = useTranslations('runs.failure');
  const [asked, setAsked] = useState(false);
  const frames = framesOf((run.error as RunError | null)?.stack ?? '');
  const own = frames.filter((frame) => frame.own);
  const inner = frames.length - own.length;
  const first = own[0];
  if (!first) return null;
  return (
    <Stack gap={6}>
      <ol className={classes.frames} aria-label={t('stack')}>
        {own.slice(0, 12).map((frame, index) => (
          <li key={index}>
            <Code>{placeOf(frame)}</Code> {frame.name && <Text span fz="sm">{frame.name}</Text>}
          </li>
        ))}
      </ol>
      {inner > 0 && (
        <Text fz="xs">
          {t('inner', { count: inner })}
        </Text>
      )}
      {asked ? (
        <Source run={run.id} frame={first} />
      ) : (
        <Group>
          <Button size="compact-sm" variant="default" onClick={() => setAsked(true)}>
            {t('showSource')}
          </Button>
        </Group>
      )}
    </Stack>
  );
};

function placeOf({ file, line, column }: Frame): string {
  return `${file}:${line}:${column}`;
}

interface Bundle {
  modules?: Array<{ name: string; source?: string }>;
  config?: { modules?: Array<{ name: string; source?: string }> };
}

/** Lines around a place. They come from the run's recording, which holds the version's sources. */
function Source({ run, frame }: { run: string; frame: Frame }) {
  const t = useTranslations('runs.failure');
  const sources = useQuery({
    queryKey: ['sources', run],
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      const { bundle } = await data(api.GET('/api/runs/{id}/recording', { params: { path: { id: run } }, signal }));
      const { modules = [], config } = bundle as Bundle;
      return new Map([...modules, ...(config?.modules ?? [])].map(({ name, source }) => [name, source]));
    },
  });
  if (sources.isError) return <ProblemAlert error={sources.error} onRetry={() => void sources.refetch()} />;
  const source = sources.data?.get(frame.file);
  // As high as the lines will be: nothing jumps when they come.
  if (!sources.data) return <div className={classes.source} style={{ height: 9 * 20 + 16 }} aria-busy />;
  if (source === undefined) return <Text fz="sm">{t('noSource')}</Text>;
  return (
    <div className={classes.source} role="region" tabIndex={0} aria-label={t('lineOf', { file: frame.file })}>
      {excerpt(source, frame.line).map(({ number, text }) => (
        <div key={number} className={number === frame.line ? classes.here : undefined} aria-current={number === frame.line || undefined}>
          <span className={classes.number}>{number}</span>
          {text}
        </div>
      ))}
    </div>
  );
}

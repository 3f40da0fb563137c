import { Group, Progress, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { useTranslations } from 'use-intl';

import { Facts, Section, StatusBadge, Time, useFormat } from '../../ui';
import { StopButtons } from './StopButtons';
import { partsOf, timesWorse, type Part, type Rollout } from './steps';

const colors: Record<Part, string> = { moved: 'teal.7', failed: 'red.7', update_required: 'yellow.7', rolled_back: 'grape.7', waiting: 'blue.6', pinned: 'gray.6', beyond: 'gray.4' };
const tones = { active: 'busy', complete: 'good', halted: 'bad', rolled_back: 'bad', superseded: 'idle' } as const;

/** Where the latest rollout stands. */
export function Standing({ rollout }: { rollout: Rollout | null }) {
  const t = useTranslations('developer.rollout');
  const format = useFormat();
  if (!rollout) {
    return (
      <Section title={t('title')} description={t('none')}>
        {null}
      </Section>
    );
  }
  return (
    <Section title={t('title')} description={t('text', { version: rollout.version })} actions={<StopButtons rollout={rollout} />}>
      <Stack gap="lg">
        <Group gap="sm">
          <StatusBadge status={rollout.status} tone={tones[rollout.status]} label={t(`states.${rollout.status}`)} />
          {rollout.reason && <Text fz="sm">{t('reason', { reason: rollout.reason })}</Text>}
        </Group>
        <Facts
          cols={4}
          items={[
            [t('version'), rollout.version],
            [t('reach'), <span key="reach" className="tabular">{format.percent(rollout.percentage / 100)}</span>],
            [t('started'), <Time key="started" at={rollout.started_at} />],
            rollout.finished_at ? [t('finished'), <Time key="finished" at={rollout.finished_at} />] : [t('changed'), <Time key="changed" at={rollout.updated_at} />],
          ]}
        />
        <Installations progress={rollout.progress} isForAll={rollout.percentage === 100} />
        <Ends rollout={rollout} />
      </Stack>
    </Section>
  );
}

function Installations({ progress, isForAll }: { progress: Rollout['progress']; isForAll: boolean }) {
  const t = useTranslations('developer.rollout');
  const parts = partsOf(progress);
  // Whom a rollout to everybody leaves alone has the version already.
  const word = (part: Part) => (part === 'beyond' && isForAll ? 'native' : part);
  return (
    <Stack gap="sm">
      <Text fw={600}>{t('installations', { count: progress.installations })}</Text>
      {parts.length > 0 && (
        <>
          {/* The same numbers stand as words below. */}
          <Progress.Root size="lg" aria-hidden>
            {parts.map(({ part, count }) => (
              <Progress.Section key={part} value={(100 * count) / Math.max(progress.installations, 1)} color={colors[part]} />
            ))}
          </Progress.Root>
          <SimpleGrid component="dl" cols={{ base: 1, xs: 2, md: 3 }} spacing="md" verticalSpacing="sm" m={0} aria-label={t('progress')}>
            {parts.map(({ part, count }) => (
              <div key={part}>
                <Group component="dt" gap={8} wrap="nowrap">
                  <span aria-hidden style={{ width: 10, height: 10, borderRadius: 5, flex: 'none', background: `var(--mantine-color-${colors[part].replace('.', '-')})` }} />
                  <Text span fz="sm" fw={600}>
                    {t(`parts.${word(part)}`)}
                  </Text>
                  <Text span className="tabular" fz="sm" ml="auto">
                    {count}
                  </Text>
                </Group>
                <Text component="dd" m={0} fz="xs" c="dimmed">
                  {t(`partHints.${word(part)}`)}
                </Text>
              </div>
            ))}
          </SimpleGrid>
        </>
      )}
      <Text fz="sm" role="status" aria-live="polite">
        {progress.waiting > 0 && t('moving', { waiting: progress.waiting })}
      </Text>
    </Stack>
  );
}

/** How runs of the new version end, beside those of the older ones. */
function Ends({ rollout }: { rollout: Rollout }) {
  const t = useTranslations('developer.rollout');
  const format = useFormat();
  const worse = timesWorse(rollout.runs);
  const rate = (value: number | null | undefined) => (typeof value === 'number' ? format.percent(value) : t('noRuns'));
  const { auto_halt: halts } = rollout;
  return (
    <Stack gap="xs">
      <Text fw={600}>
        {t('runs')} <Text span fz="sm" c="dimmed" fw={400}>(<Time at={rollout.runs.since} />)</Text>
      </Text>
      <Table maw={560} aria-label={t('runs')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('runsOf')}</Table.Th>
            <Table.Th ta="right">{t('ended')}</Table.Th>
            <Table.Th ta="right">{t('failedRuns')}</Table.Th>
            <Table.Th ta="right">{t('errorRate')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody className="tabular">
          {(['new', 'old'] as const).map((which) => (
            <Table.Tr key={which}>
              <Table.Th scope="row" fw={400}>
                {t(which === 'new' ? 'newVersion' : 'oldVersions')}
              </Table.Th>
              <Table.Td ta="right">{format.number(rollout.runs[which].ended)}</Table.Td>
              <Table.Td ta="right">{format.number(rollout.runs[which].failed)}</Table.Td>
              <Table.Td ta="right">{rate(rollout.runs[which].error_rate)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {worse !== undefined && worse > 1 && <Text fz="sm">{t('worse', { times: worse })}</Text>}
      <Text fz="sm" c="dimmed">
        {halts.enabled
          ? t('haltsItself', { runs: halts.min_runs ?? 20, factor: halts.factor ?? 2, floor: halts.floor_percent ?? 5, rollback: String(halts.rollback === true) })
          : t('haltsNot')}
      </Text>
    </Stack>
  );
}

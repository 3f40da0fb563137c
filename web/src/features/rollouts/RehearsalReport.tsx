import { Alert, Code, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { RehearsalRows } from './RehearsalRows';
import { reportOf } from './report';

/** What a rehearsal found: the verdict, the numbers, the reasons, and each run that would go otherwise. */
export function RehearsalReport({ answer }: { answer: Schema<'RehearsalAnswer'> }) {
  const t = useTranslations('developer.rehearsal');
  const report = reportOf(answer);
  const { runs, installations } = answer;
  return (
    <Stack gap="lg" mt="md">
      <Alert
        variant="light"
        styles={{ title: { color: 'var(--mantine-color-text)' } }}
        color={report.clean ? 'teal' : 'yellow'}
        icon={report.clean ? <IconCircleCheck size={20} aria-hidden /> : <IconAlertTriangle size={20} aria-hidden />}
        title={t('of', { version: answer.version })}
      >
        <Text fz="sm">{runs.differ === 0 ? t('allSame', { same: runs.same }) : t('someDiffer', { differ: runs.differ, played: report.played })}</Text>
        {report.blocked > 0 && <Text fz="sm">{t('blocked', { blocked: report.blocked })}</Text>}
        {answer.cut_short && <Text fz="sm">{t('cutShort')}</Text>}
      </Alert>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <Numbers
          title={t('runsGroup')}
          items={[
            [t('same'), runs.same],
            [t('differ'), runs.differ],
            [t('leftOut'), runs.left_out],
          ]}
          note={runs.left_out > 0 ? t('leftOutHint') : undefined}
        />
        <Numbers
          title={t('installationsGroup')}
          items={[
            [t('lookedAt'), installations.looked_at],
            [t('unchanged'), installations.unchanged],
            [t('migrate'), installations.migrate],
            [t('fail'), installations.fail],
            [t('review'), installations.need_review],
          ]}
        />
      </SimpleGrid>
      {report.codes.length > 0 && <Reasons codes={report.codes} />}
      {report.rows.length > 0 && <RehearsalRows rows={report.rows} of={runs.differ} />}
    </Stack>
  );
}

function Numbers({ title, items, note }: { title: string; items: ReadonlyArray<[string, number]>; note?: string | undefined }) {
  return (
    <div>
      <Title order={3} size="sm" mb="xs">
        {title}
      </Title>
      <SimpleGrid component="dl" cols={{ base: 2, xs: 3 }} spacing="sm" m={0}>
        {items.map(([name, value]) => (
          <div key={name} style={{ display: 'flex', flexDirection: 'column-reverse', justifyContent: 'flex-end' }}>
            <Text component="dt" fz="xs" c="dimmed">
              {name}
            </Text>
            <Text component="dd" m={0} fz="xl" fw={600} className="tabular">
              {value}
            </Text>
          </div>
        ))}
      </SimpleGrid>
      {note && (
        <Text fz="xs" c="dimmed" mt={4}>
          {note}
        </Text>
      )}
    </div>
  );
}

function Reasons({ codes }: { codes: ReadonlyArray<{ code: string; count: number }> }) {
  const t = useTranslations('developer.rehearsal');
  return (
    <div>
      <Title order={3} size="sm" mb="xs">
        {t('reasons')}
      </Title>
      <Table aria-label={t('reasons')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('reason')}</Table.Th>
            <Table.Th ta="right">{t('count')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {codes.map(({ code, count }) => {
            const key = `codes.${code}` as 'codes.INVALID_CONFIG';
            return (
              <Table.Tr key={code}>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>
                  {t.has(key) ? t(key) : t('unknownCode')} <Code>{code}</Code>
                </Table.Td>
                <Table.Td ta="right" className="tabular">
                  {count}
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </div>
  );
}

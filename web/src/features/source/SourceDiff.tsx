import { Card, Group, NavLink, SegmentedControl, Stack, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useMemo, useState } from 'react';
import { useTranslations } from 'use-intl';

import { Empty } from '../../ui';
import { compare, type Difference } from './compare';
import { DiffView } from './DiffView';
import type { Files } from './language/protocol';

interface Side {
  /** What the version is called: `1.2.0`. */
  label: string;
  files: Files;
}

/** What changed between two versions, file by file. */
export function SourceDiff({ before, after }: { before: Side; after: Side }) {
  const t = useTranslations('deploy.source');
  const wide = useMediaQuery('(min-width: 75em)') ?? true;
  const [way, setWay] = useState<'beside' | 'below'>();
  const [chosen, choose] = useState<string>();
  const differences = useMemo(() => compare(before.files, after.files), [before.files, after.files]);
  const open = differences.find((each) => each.path === chosen) ?? differences[0];
  if (!open) return <Empty title={t('same')} text={t('sameText', { before: before.label, after: after.label })} />;
  const sum = (count: (each: Difference) => number) => differences.reduce((all, each) => all + count(each), 0);
  const beside = (way ?? (wide ? 'beside' : 'below')) === 'beside';
  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="xs">
        <Text fz="sm">
          {t('changed', { count: differences.length })} <Counts added={sum((each) => each.added)} removed={sum((each) => each.removed)} />
        </Text>
        <SegmentedControl
          size="xs"
          visibleFrom="sm"
          aria-label={t('way')}
          value={beside ? 'beside' : 'below'}
          onChange={(value) => setWay(value as 'beside' | 'below')}
          data={[{ value: 'beside', label: t('beside') }, { value: 'below', label: t('below') }]}
        />
      </Group>
      <Card withBorder padding={0}>
        <nav aria-label={t('changedFiles')}>
          {differences.map((each) => (
            <NavLink
              key={each.path}
              component="button"
              active={each.path === open.path}
              aria-current={each.path === open.path ? 'true' : undefined}
              onClick={() => choose(each.path)}
              label={<Text span ff="monospace" fz="sm" style={{ overflowWrap: 'anywhere' }}>{each.path}</Text>}
              rightSection={
                <Group gap="xs" wrap="nowrap">
                  {each.kind !== 'changed' && <Text span fz="xs">{t(each.kind)}</Text>}
                  <Counts added={each.added} removed={each.removed} />
                </Group>
              }
            />
          ))}
        </nav>
      </Card>
      <Card withBorder padding={0} component="section" aria-label={open.path}>
        <DiffView
          path={open.path}
          before={before.files[open.path] ?? ''}
          after={after.files[open.path] ?? ''}
          labels={{ before: t('side', { path: open.path, version: before.label }), after: t('side', { path: open.path, version: after.label }) }}
          beside={beside}
        />
      </Card>
    </Stack>
  );
}

/** Lines that came and went, in signs as well as in colour. */
function Counts({ added, removed }: { added: number; removed: number }) {
  const t = useTranslations('deploy.source');
  const color = (name: string) => `var(--mantine-color-${name}-light-color)`;
  return (
    <Text span fz="xs" className="tabular" style={{ whiteSpace: 'nowrap' }} role="img" aria-label={t('counts', { added, removed })}>
      <Text span inherit c={color('teal')}>+{added}</Text> <Text span inherit c={color('red')}>−{removed}</Text>
    </Text>
  );
}

import { ActionIcon, Group, Select, Text, Tooltip } from '@mantine/core';
import { IconArrowsExchange } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { Loaded, Section, TableSkeleton, TextLink } from '../../ui';
import { Differences } from './Differences';
import { comparisonQuery, type OwnVersion } from './queries';

interface ComparisonProps {
  id: string;
  versions: readonly OwnVersion[];
  newer: OwnVersion;
  older: OwnVersion;
  choose: (to: { v: string; with: string }) => void;
}

/** Two versions side by side: what the newer one breaks. */
export function Comparison({ id, versions, newer, older, choose }: ComparisonProps) {
  const t = useTranslations('developer.versions');
  const options = versions.map((each) => ({ value: each.version, label: `${each.version} (${t('number', { number: each.number })})` }));
  // Numbers may repeat while a workflow is a draft: the newest of each is meant.
  const once = options.filter((option, place) => options.findIndex((other) => other.value === option.value) === place);
  return (
    <Section title={t('compare')} description={t('compareText')}>
      <Group align="flex-end" mb="md" gap="sm">
        <Select label={t('older')} data={once} value={older.version} allowDeselect={false} searchable onChange={(with_) => with_ && choose({ v: newer.version, with: with_ })} w={{ base: '100%', xs: 200 }} />
        <Tooltip label={t('swap')}>
          <ActionIcon variant="default" size={36} aria-label={t('swap')} onClick={() => choose({ v: older.version, with: newer.version })}>
            <IconArrowsExchange size={18} aria-hidden />
          </ActionIcon>
        </Tooltip>
        <Select label={t('newer')} data={once} value={newer.version} allowDeselect={false} searchable onChange={(v) => v && choose({ v, with: older.version })} w={{ base: '100%', xs: 200 }} />
      </Group>
      {newer.id === older.id ? <Text fz="sm">{t('same')}</Text> : <Shown id={id} from={older} to={newer} />}
    </Section>
  );
}

function Shown({ id, from, to }: { id: string; from: OwnVersion; to: OwnVersion }) {
  const t = useTranslations('developer.versions');
  const query = useQuery(comparisonQuery(id, from.id, to.id));
  return (
    <Loaded query={query} skeleton={<TableSkeleton rows={2} />}>
      {(comparison) => (
        <>
          <Differences comparison={comparison} />
          <TextLink to="/app/developer/workflows/$id" params={{ id }} search={{ tab: 'source', v: to.version, with: from.version }} fz="sm" mt="md" display="inline-block">
            {t('sourceDiff')}
          </TextLink>
        </>
      )}
    </Loaded>
  );
}

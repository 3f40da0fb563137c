import { Button, Group, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { timeZone } from '../../i18n';
import { installationsOfQuery, versionsOfQuery } from './queries';
import { dayOf, spans, USUAL, windowOf, type RangeName } from './range';
import { triggers, type Search } from './search';

interface FiltersProps {
  id: string;
  own: boolean;
  search: Search;
  onSearch: (search: Search) => void;
  organizations: readonly string[];
}

/** The window and the filters; all of it stands in the address. */
export function Filters({ id, own, search, onSearch, organizations }: FiltersProps) {
  const t = useTranslations('analytics');
  const installations = useQuery(installationsOfQuery(id));
  const versions = useQuery({ ...versionsOfQuery(id), enabled: own });
  const isCustom = search.from !== undefined || search.to !== undefined;
  const set = (change: Partial<Search>) => onSearch({ ...search, ...change });
  const choose = (value: string) => {
    if (value !== 'custom') return set({ range: value === USUAL ? undefined : (value as RangeName), from: undefined, to: undefined });
    const { from, to } = windowOf(search, new Date(), timeZone);
    set({ range: undefined, from: dayOf(from, timeZone), to: dayOf(to, timeZone) });
  };
  const known = (values: readonly string[], chosen: string | undefined) => [...new Set(chosen === undefined ? values : [...values, chosen])];
  const versionNames = known((versions.data?.data ?? []).map((each) => each.version), search.version);
  const installationRows = (installations.data?.data ?? []).map((each) => ({ value: each.id as string, label: each.name }));
  if (search.installation !== undefined && !installationRows.some((row) => row.value === search.installation)) installationRows.push({ value: search.installation, label: search.installation });
  const organizationNames = known(organizations, search.organization);
  const isFiltered = isCustom || Object.entries(search).some(([name, value]) => name !== 'tab' && value !== undefined);
  return (
    <Group component="section" aria-label={t('filters')} align="flex-end" gap="sm" mb="lg">
      <SegmentedControl
        aria-label={t('range')}
        value={isCustom ? 'custom' : (search.range ?? USUAL)}
        onChange={choose}
        data={[...spans.map((each) => ({ value: each as string, label: t(`range_${each}`) })), { value: 'custom', label: t('custom') }]}
        style={{ maxWidth: '100%', overflowX: 'auto' }}
      />
      {isCustom && (
        <>
          <TextInput type="date" label={t('from')} value={search.from ?? ''} max={search.to} onChange={(event) => set({ from: event.currentTarget.value || undefined })} />
          <TextInput type="date" label={t('to')} value={search.to ?? ''} min={search.from} onChange={(event) => set({ to: event.currentTarget.value || undefined })} />
        </>
      )}
      <Select label={t('trigger')} placeholder={t('any')} clearable w={150} data={triggers.map((each) => ({ value: each, label: t(`trigger_${each}`) }))} value={search.trigger ?? null} onChange={(value) => set({ trigger: value ?? undefined })} />
      {installationRows.length > 1 && <Select label={t('installation')} placeholder={t('any')} clearable searchable w={210} data={installationRows} value={search.installation ?? null} onChange={(value) => set({ installation: value ?? undefined })} />}
      {versionNames.length > 1 && <Select label={t('version')} placeholder={t('any')} clearable searchable w={130} data={versionNames} value={search.version ?? null} onChange={(value) => set({ version: value ?? undefined })} />}
      {own && organizationNames.length > 1 && <Select label={t('organization')} placeholder={t('any')} clearable searchable w={220} data={organizationNames} value={search.organization ?? null} onChange={(value) => set({ organization: value ?? undefined })} />}
      {isFiltered && (
        <Button variant="subtle" onClick={() => onSearch({ tab: search.tab })}>
          {t('clear')}
        </Button>
      )}
    </Group>
  );
}

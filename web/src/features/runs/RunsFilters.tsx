import { Autocomplete, Button, Group, MultiSelect, Pill, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconAdjustmentsHorizontal, IconX } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslations } from 'use-intl';

import { isFiltered, KINDS, RANGES, STATUSES, TRIGGERS, type Kind, type Range, type RunsFilter, type Status, type Trigger } from './filters';
import { shortId, useNames } from './names';

interface RunsFiltersProps {
  filter: RunsFilter;
  /** Error codes that are known to occur here. */
  codes: readonly string[];
  onChange: (change: Partial<RunsFilter>) => void;
  onClear: () => void;
}

/** What the list is narrowed to. The two that are used most are always there, the others on demand. */
export function RunsFilters({ filter, codes, onChange, onClear }: RunsFiltersProps) {
  const t = useTranslations('runs');
  const { installations } = useNames();
  const hidden = [filter.trigger, filter.kind, filter.error, filter.since, filter.until].some((each) => each !== undefined);
  const [all, setAll] = useState(hidden);
  const [error, setError] = useState(filter.error ?? '');
  useEffect(() => setError(filter.error ?? ''), [filter.error]);
  const tellError = useDebouncedCallback((code: string) => onChange({ error: code.trim() || undefined }), 400);
  return (
    <Group role="search" aria-label={t('filters.label')} gap="xs" align="flex-end">
      <MultiSelect
        label={t('filters.status')}
        placeholder={filter.status.length === 0 ? t('filters.anyStatus') : undefined}
        data={STATUSES.map((value) => ({ value, label: t(`status.${value}`) }))}
        value={[...filter.status]}
        onChange={(status) => onChange({ status: status as Status[] })}
        clearable
        w={{ base: '100%', xs: 260 }}
      />
      <Select
        label={t('filters.installation')}
        placeholder={t('filters.anyInstallation')}
        data={choices(installations, filter.installation)}
        value={filter.installation ?? null}
        onChange={(installation) => onChange({ installation: installation ?? undefined })}
        searchable
        clearable
        w={{ base: '100%', xs: 220 }}
      />
      <Select
        label={t('filters.range')}
        placeholder={t('filters.anyRange')}
        data={RANGES.map((value) => ({ value, label: t(`ranges.${value}`) }))}
        value={filter.range ?? null}
        onChange={(range) => onChange({ range: (range as Range | null) ?? undefined, since: undefined, until: undefined })}
        clearable
        w={{ base: '100%', xs: 165 }}
      />
      {all && (
        <>
          <Select
            label={t('filters.trigger')}
            placeholder={t('filters.anyTrigger')}
            data={TRIGGERS.map((value) => ({ value, label: t(`triggers.${value}`) }))}
            value={filter.trigger ?? null}
            onChange={(trigger) => onChange({ trigger: (trigger as Trigger | null) ?? undefined })}
            clearable
            w={{ base: '100%', xs: 150 }}
          />
          <Select
            label={t('filters.kind')}
            placeholder={t('filters.anyKind')}
            data={KINDS.map((value) => ({ value, label: t(`kind.${value}`) }))}
            value={filter.kind ?? null}
            onChange={(kind) => onChange({ kind: (kind as Kind | null) ?? undefined })}
            clearable
            w={{ base: '100%', xs: 190 }}
          />
          <Autocomplete
            label={t('filters.error')}
            placeholder={t('filters.anyError')}
            data={[...codes]}
            value={error}
            onChange={(code) => {
              setError(code);
              tellError(code);
            }}
            w={{ base: '100%', xs: 200 }}
          />
          <Instant label={t('filters.since')} value={filter.since} onChange={(since) => onChange({ since, range: undefined })} />
          <Instant label={t('filters.until')} value={filter.until} onChange={(until) => onChange({ until, range: undefined })} />
        </>
      )}
      <Group gap="xs">
        <Button variant="default" leftSection={<IconAdjustmentsHorizontal size={16} aria-hidden />} aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? t('filters.fewer') : t('filters.more')}
        </Button>
        {isFiltered(filter) && (
          <Button variant="subtle" leftSection={<IconX size={16} aria-hidden />} onClick={onClear}>
            {t('filters.clear')}
          </Button>
        )}
        {filter.workflow && <Chip label={t('filters.workflow', { workflow: shortId(filter.workflow) })} onRemove={() => onChange({ workflow: undefined })} />}
        {filter.parent && <Chip label={t('filters.parent', { run: shortId(filter.parent) })} onRemove={() => onChange({ parent: undefined })} />}
      </Group>
    </Group>
  );
}

/** A filter that has no field, with the way out of it. */
function Chip({ label, onRemove }: { label: string; onRemove: () => void }) {
  const t = useTranslations('runs.filters');
  return (
    <Pill size="lg" withRemoveButton onRemove={onRemove} removeButtonProps={{ 'aria-label': t('drop', { filter: label }), 'aria-hidden': false, tabIndex: 0 }}>
      {label}
    </Pill>
  );
}

/** Two installations can have one name; one that is filtered by can be gone. */
function choices(installations: ReadonlyArray<{ id: string; name: string }>, chosen: string | undefined) {
  const names = new Map<string, number>();
  for (const { name } of installations) names.set(name, (names.get(name) ?? 0) + 1);
  const data = installations.map(({ id, name }) => ({ value: id, label: (names.get(name) ?? 0) > 1 ? `${name} (${shortId(id)})` : name }));
  if (chosen !== undefined && !installations.some(({ id }) => id === chosen)) data.push({ value: chosen, label: shortId(chosen) });
  return data;
}

/** An instant in the reader's zone, as browsers let it be typed. */
function Instant({ label, value, onChange }: { label: string; value: string | undefined; onChange: (value: string | undefined) => void }) {
  return (
    <TextInput
      type="datetime-local"
      label={label}
      value={value ? local(value) : ''}
      onChange={(event) => {
        const at = new Date(event.currentTarget.value);
        onChange(Number.isNaN(at.getTime()) ? undefined : at.toISOString());
      }}
      w={{ base: '100%', xs: 210 }}
    />
  );
}

function local(value: string): string {
  const at = new Date(value);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

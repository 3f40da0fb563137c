import { Loader, MultiSelect, Select, TagsInput, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { isProblem } from '../../api/problem';
import type { Base, InputProps } from './FieldInput';
import { pickerQuery } from './queries';

/**
 * Chooses a thing at a provider by its name: a database, a channel. What is typed can always be taken as an id, so that a
 * list that cannot be had never stands in the way.
 */
export function PickerInput({ field, value, onChange, installationId, base }: InputProps & { base: Base }) {
  const t = useTranslations('setup');
  const [typed, setTyped] = useState('');
  const [isOpen, setOpen] = useState(false);
  const [names, setNames] = useState<Record<string, string>>({});
  const held = (Array.isArray(value) ? value : [value]).filter((each): each is string => typeof each === 'string' && each !== '');
  const shownName = names[held[0] ?? ''];
  const looked = typed.trim() === shownName ? '' : typed.trim();
  const [q] = useDebouncedValue(looked, 250);
  const query = useQuery({ ...pickerQuery(installationId, field.key, q), enabled: isOpen || held.length > 0 });

  if (query.error && (isProblem(query.error, 'NOT_A_PICKER') || isProblem(query.error, 'CONNECTION_MISSING') || isProblem(query.error, 'CREDENTIALS_EXPIRED') || isProblem(query.error, 'PROVIDER_FAILED'))) {
    const why = query.error.code === 'NOT_A_PICKER' ? undefined : [query.error.detail, query.error.hint && !/https?:/.test(query.error.hint) ? query.error.hint : undefined].filter(Boolean).join(' ');
    return (
      <div>
        {field.multiple ? <TagsInput {...base} value={held} onChange={onChange} acceptValueOnBlur /> : <TextInput {...base} value={held[0] ?? ''} onChange={(event) => onChange(event.currentTarget.value)} />}
        <Text fz="xs" c="dimmed" mt={4}>
          {why ? t('pickerAway', { why }) : t('pickerNone')}
        </Text>
      </div>
    );
  }

  const found = query.data?.data ?? [];
  const rows = found.map((each) => ({ value: each.id, label: each.name === each.id ? each.id : each.name }));
  const known = new Set(rows.map((row) => row.value));
  const extra = held.filter((id) => !known.has(id)).map((id) => ({ value: id, label: names[id] ?? id }));
  const own = looked !== '' && !known.has(looked) && !held.includes(looked) && !rows.some((row) => row.label.toLowerCase() === looked.toLowerCase()) ? [{ value: looked, label: t('pickerOwn', { value: looked }) }] : [];
  const best = new Set(found.filter((each) => each.tier === 'excellent' || each.tier === 'good').map((each) => each.id));
  const remember = (ids: readonly string[]) => setNames((now) => ({ ...now, ...Object.fromEntries(rows.filter((row) => ids.includes(row.value)).map((row) => [row.value, row.label])) }));
  const shared = {
    ...base,
    data: [...extra, ...rows, ...own],
    searchable: true,
    // The server searches; what it answers is shown in its order.
    filter: ({ options }: { options: unknown[] }) => options as never,
    searchValue: typed,
    onSearchChange: setTyped,
    onDropdownOpen: () => setOpen(true),
    nothingFoundMessage: query.isFetching ? t('pickerLooking') : t('pickerNothing'),
    rightSection: query.isFetching && isOpen ? <Loader size={16} aria-label={t('pickerLooking')} /> : undefined,
    clearable: !field.required,
    clearButtonProps: { 'aria-label': t('clear', { label: field.label }) },
    renderOption: ({ option }: { option: { value: string; label: string } }) => (
      <div style={{ minWidth: 0 }}>
        <Text fz="sm" style={{ overflowWrap: 'anywhere' }}>
          {option.label}
          {best.has(option.value) && (
            <Text span fz="xs" ml={6} fw={600}>
              {t('pickerFits')}
            </Text>
          )}
        </Text>
        {option.label !== option.value && known.has(option.value) && (
          <Text fz="xs" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
            {option.value}
          </Text>
        )}
      </div>
    ),
  };
  if (field.multiple) {
    return (
      <MultiSelect
        {...shared}
        value={held}
        onChange={(ids) => {
          remember(ids);
          onChange(ids);
        }}
      />
    );
  }
  return (
    <Select
      {...shared}
      value={held[0] ?? null}
      onChange={(id) => {
        if (id !== null) remember([id]);
        onChange(id);
      }}
    />
  );
}

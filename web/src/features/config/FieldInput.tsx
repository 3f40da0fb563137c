import { Box, MultiSelect, NumberInput, Select, Switch, TagsInput, Textarea, TextInput } from '@mantine/core';
import { useMemo, type ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import type { Field, Option } from './field';
import { JsonInput } from './JsonInput';
import { ObjectInput } from './ObjectInput';
import { PickerInput } from './PickerInput';
import { SecretInput } from './SecretInput';

export interface InputProps {
  field: Field;
  value: unknown;
  onChange: (value: unknown) => void;
  onBlur: () => void;
  error: ReactNode;
  installationId: string;
  /** What the server keeps of a secret. */
  kept: string | undefined;
  isRemoved: boolean;
  onRemoved: (removed: boolean) => void;
}

/** The control of one declared input. Its label is the author's. */
export function FieldInput(props: InputProps) {
  const { field, value, onChange } = props;
  const t = useTranslations('setup');
  const base = useBase(props);
  const text = typeof value === 'string' ? value : value === null || value === undefined ? '' : JSON.stringify(value);
  if (field.secret) return <SecretInput {...props} base={base} />;
  if (field.picks) return <PickerInput {...props} base={base} />;
  switch (field.kind) {
    case 'boolean':
      return (
        <Box id={base.id}>
          <Switch label={field.label} description={field.description} error={props.error} checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} onBlur={props.onBlur} />
        </Box>
      );
    case 'number':
      return <NumberInput {...base} value={typeof value === 'number' ? value : ''} min={field.min} max={field.max} clampBehavior="none" onChange={(next) => onChange(typeof next === 'number' ? next : next === '' ? '' : Number(next))} />;
    case 'select':
    case 'multiselect':
      return field.options.length > 0 ? <Choice {...props} base={base} /> : field.kind === 'multiselect' || field.multiple ? <List {...props} base={base} /> : <TextInput {...base} value={text} onChange={(event) => onChange(event.currentTarget.value)} />;
    case 'array':
      return field.items === undefined || field.items === 'text' || field.items === 'email' || field.items === 'url' || field.items === 'phone' ? <List {...props} base={base} /> : <JsonInput base={base} value={value} onChange={onChange} blank={[]} />;
    case 'object':
      return <ObjectInput {...props} base={base} />;
    case 'json':
      return <Textarea {...base} value={text} autosize minRows={3} maxRows={16} spellCheck={false} styles={mono} onChange={(event) => onChange(event.currentTarget.value)} />;
    case 'timezone':
      return <Zone {...props} base={base} />;
    case 'time':
      return <TextInput {...base} type="time" value={text.length === 4 ? `0${text}` : text} onChange={(event) => onChange(event.currentTarget.value)} maw={160} />;
    default:
      break;
  }
  if (field.multiple) return <List {...props} base={base} />;
  if (field.kind === 'text' && (field.multiline || text.includes('\n'))) {
    return <Textarea {...base} value={text} autosize minRows={3} maxRows={16} onChange={(event) => onChange(event.currentTarget.value)} />;
  }
  // A list or object in a plain text input, or of a type that nobody knows: shown as it is.
  if (typeof value === 'object' && value !== null) return <JsonInput base={base} value={value} onChange={onChange} blank="" />;
  const special = specials[field.declared] ?? specials[field.kind];
  const hint = field.declared === 'cron' ? t('cronHint') : undefined;
  return <TextInput {...base} {...special} placeholder={base.placeholder ?? special?.placeholder} description={field.description ?? hint} value={text} onChange={(event) => onChange(event.currentTarget.value)} />;
}

const mono = { input: { fontFamily: 'var(--mantine-font-family-monospace)' } };

/** What a browser helps with, by type. Dates are texts that the module reads. */
const specials: Record<string, { type?: string; inputMode?: 'email' | 'url' | 'tel'; placeholder?: string; maw?: number }> = {
  email: { type: 'email', inputMode: 'email' },
  url: { type: 'url', inputMode: 'url', placeholder: 'https://' },
  phone: { type: 'tel', inputMode: 'tel' },
  date: { type: 'date', maw: 200 },
  datetime: { type: 'datetime-local', maw: 260 },
  'datetime-local': { type: 'datetime-local', maw: 260 },
  cron: { placeholder: '0 9 * * 1-5' },
  color: { type: 'color', maw: 120 },
};

export type Base = ReturnType<typeof useBase>;

/** What every control has. */
function useBase({ field, error, onBlur }: InputProps) {
  const t = useTranslations('setup');
  const byDefault = field.default === undefined || field.secret ? undefined : typeof field.default === 'string' ? field.default : JSON.stringify(field.default);
  return {
    id: `input-${field.key}`,
    label: field.label,
    description: field.description,
    withAsterisk: field.required,
    'aria-required': field.required,
    placeholder: field.placeholder ?? (byDefault && byDefault.length < 80 ? t('byDefault', { value: byDefault }) : undefined),
    error,
    onBlur,
  };
}

/** One or some of the declared options, whatever kind of value they are. */
function Choice({ field, value, onChange, base }: InputProps & { base: Base }) {
  const t = useTranslations('setup');
  const keyed = useMemo(() => field.options.map((option, at) => ({ option, value: nameOf(option, at), label: option.label })), [field.options]);
  const nameFor = (held: unknown) => keyed.find(({ option }) => JSON.stringify(option.value) === JSON.stringify(held))?.value;
  const valueFor = (name: string) => keyed.find((each) => each.value === name)?.option.value;
  const rows = keyed.map(({ value: name, label }) => ({ value: name, label }));
  const isLong = rows.length > 8;
  if (field.kind === 'multiselect' || field.multiple) {
    const held = (Array.isArray(value) ? value : [value]).map(nameFor).filter((name) => name !== undefined);
    return <MultiSelect {...base} data={rows} value={held} onChange={(names) => onChange(names.map(valueFor))} searchable={isLong} clearable hidePickedOptions clearButtonProps={{ 'aria-label': t('clear', { label: field.label }) }} />;
  }
  return <Select {...base} data={rows} value={nameFor(value) ?? null} onChange={(name) => onChange(name === null ? null : valueFor(name))} searchable={isLong} clearable={!field.required} allowDeselect={!field.required} clearButtonProps={{ 'aria-label': t('clear', { label: field.label }) }} />;
}

function nameOf(option: Option, at: number): string {
  return typeof option.value === 'string' ? option.value : `#${at}`;
}

/** A list of texts: Enter or a comma ends one. */
function List({ field, value, onChange, base }: InputProps & { base: Base }) {
  const t = useTranslations('setup');
  const held = (Array.isArray(value) ? value : value === null || value === undefined || value === '' ? [] : [value]).map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
  return <TagsInput {...base} value={held} onChange={onChange} data={field.options.map((option) => option.label)} description={base.description ?? t('listHint')} splitChars={[',', '\n']} acceptValueOnBlur clearable clearButtonProps={{ 'aria-label': t('clear', { label: field.label }) }} />;
}

function Zone({ field, value, onChange, base }: InputProps & { base: Base }) {
  const t = useTranslations('setup');
  const zones = useMemo(() => {
    const all = new Set(['UTC', ...Intl.supportedValuesOf('timeZone')]);
    if (typeof value === 'string' && value !== '') all.add(value);
    return [...all];
  }, [value]);
  return <Select {...base} data={zones} value={typeof value === 'string' && value !== '' ? value : null} onChange={onChange} searchable limit={100} clearable={!field.required} nothingFoundMessage={t('noZone')} maw={360} clearButtonProps={{ 'aria-label': t('clear', { label: field.label }) }} />;
}

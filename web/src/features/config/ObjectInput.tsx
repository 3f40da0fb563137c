import { ActionIcon, Button, Fieldset, Group, NumberInput, Stack, Switch, Text, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslations } from 'use-intl';

import { same } from './check';
import type { Base, InputProps } from './FieldInput';
import { JsonInput } from './JsonInput';

/** An object: its declared members one by one, names and texts as rows, anything else as JSON. */
export function ObjectInput(props: InputProps & { base: Base }) {
  const { field, value, onChange, base } = props;
  const held = typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
  const isFlat = Object.values(held).every((each) => typeof each === 'string');
  if (field.properties.length > 0) return <Members {...props} held={held} />;
  if (field.declared === 'key_value_list' && isFlat && typeof value !== 'string') return <Rows {...props} held={held as Record<string, string>} />;
  return <JsonInput base={base} value={value} onChange={onChange} blank={{}} />;
}

function Members({ field, held, onChange, onBlur, error }: InputProps & { held: Record<string, unknown> }) {
  const set = (key: string, next: unknown) => onChange(next === '' ? Object.fromEntries(Object.entries(held).filter(([name]) => name !== key)) : { ...held, [key]: next });
  return (
    <Fieldset legend={field.label} id={`input-${field.key}`}>
      <Stack gap="sm">
        {field.description && (
          <Text fz="sm" c="dimmed">
            {field.description}
          </Text>
        )}
        {field.properties.map(({ key, kind, label }) => {
          const value = held[key];
          if (kind === 'boolean') return <Switch key={key} label={label} checked={value === true} onChange={(event) => set(key, event.currentTarget.checked)} onBlur={onBlur} />;
          if (kind === 'number') return <NumberInput key={key} label={label} value={typeof value === 'number' ? value : ''} onChange={(next) => set(key, next)} onBlur={onBlur} />;
          if (kind === 'object' || kind === 'array' || kind === 'multiselect') {
            return <JsonInput key={key} base={{ id: `input-${field.key}-${key}`, label: label, description: undefined, withAsterisk: false, 'aria-required': false, placeholder: undefined, error: undefined, onBlur }} value={value} onChange={(next) => set(key, next)} blank="" />;
          }
          return <TextInput key={key} label={label} type={kind === 'time' ? 'time' : 'text'} value={typeof value === 'string' ? value : ''} onChange={(event) => set(key, event.currentTarget.value)} onBlur={onBlur} />;
        })}
        {error && (
          <Text fz="sm" c="var(--mantine-color-error)" role="alert">
            {error}
          </Text>
        )}
      </Stack>
    </Fieldset>
  );
}

/** Names and texts. A row without a name is not sent, and stays while it is typed. */
function Rows({ field, held, onChange, onBlur, error }: InputProps & { held: Record<string, string> }) {
  const t = useTranslations('setup');
  const [rows, setRows] = useState<Array<[string, string]>>(() => Object.entries(held));
  useEffect(() => {
    setRows((now) => (same(whole(now), held) ? now : Object.entries(held)));
  }, [held]);
  const set = (next: Array<[string, string]>) => {
    setRows(next);
    onChange(whole(next));
  };
  return (
    <Fieldset legend={field.label} id={`input-${field.key}`}>
      <Stack gap="xs">
        {field.description && (
          <Text fz="sm" c="dimmed">
            {field.description}
          </Text>
        )}
        {rows.map(([key, text], at) => (
          <Group key={at} gap="xs" wrap="nowrap">
            <TextInput aria-label={t('rowName', { row: at + 1 })} placeholder={t('name')} value={key} onBlur={onBlur} onChange={(event) => set(rows.with(at, [event.currentTarget.value, text]))} style={{ flex: 1 }} />
            <TextInput aria-label={t('rowValue', { row: at + 1 })} placeholder={t('value')} value={text} onBlur={onBlur} onChange={(event) => set(rows.with(at, [key, event.currentTarget.value]))} style={{ flex: 1 }} />
            <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('rowRemove', { row: at + 1 })} onClick={() => set(rows.filter((_, other) => other !== at))}>
              <IconTrash size={16} aria-hidden />
            </ActionIcon>
          </Group>
        ))}
        <Button variant="default" size="xs" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => set([...rows, ['', '']])} style={{ alignSelf: 'flex-start' }}>
          {t('rowAdd')}
        </Button>
        {error && (
          <Text fz="sm" c="var(--mantine-color-error)" role="alert">
            {error}
          </Text>
        )}
      </Stack>
    </Fieldset>
  );
}

function whole(rows: ReadonlyArray<readonly [string, string]>): Record<string, string> {
  return Object.fromEntries(rows.filter(([key]) => key.trim() !== ''));
}

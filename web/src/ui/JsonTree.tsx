import { ActionIcon, Box, Text } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { CopyIcon } from './CopyField';

type Json = unknown;

/** Longest text that is shown at once, in characters; the rest is a click away. */
const LONG = 600;
/** Entries of one list or object that are shown at once. */
const MANY = 100;

/** A JSON value as a tree that opens and closes. The first levels are open. */
export function JsonTree({ value, open = 2 }: { value: Json; open?: number }) {
  return (
    <Box ff="monospace" fz="sm" pos="relative" pr={32} style={{ overflowWrap: 'anywhere' }}>
      <Box pos="absolute" top={0} right={0}>
        <CopyIcon value={JSON.stringify(value, null, 2) ?? ''} />
      </Box>
      <Node value={value} open={open} />
    </Box>
  );
}

function Node({ name, value, open }: { name?: string; value: Json; open: number }) {
  if (typeof value === 'object' && value !== null) return <Branch name={name} value={value} open={open} />;
  return (
    <div style={{ paddingInlineStart: 22 }}>
      <Name name={name} />
      <Leaf value={value} />
    </div>
  );
}

function Branch({ name, value, open }: { name?: string | undefined; value: object; open: number }) {
  const t = useTranslations('common');
  const [isOpen, setOpen] = useState(open > 0);
  const [shown, setShown] = useState(MANY);
  const entries: Array<[string, Json]> = Object.entries(value);
  const count = Array.isArray(value) ? t('items', { count: entries.length }) : t('fields', { count: entries.length });
  return (
    <div>
      <ActionIcon size={20} variant="transparent" color="gray" aria-expanded={isOpen} aria-label={`${isOpen ? t('collapse') : t('expand')} ${name ?? ''}`} onClick={() => setOpen(!isOpen)}>
        {isOpen ? <IconChevronDown size={14} aria-hidden /> : <IconChevronRight size={14} aria-hidden />}
      </ActionIcon>
      <Name name={name} />
      <Text span c="dimmed" fz="xs">
        {count}
      </Text>
      {isOpen && (
        <div style={{ paddingInlineStart: 18 }}>
          {entries.slice(0, shown).map(([key, each]) => (
            <Node key={key} name={key} value={each} open={open - 1} />
          ))}
          {entries.length > shown && (
            <Text component="button" type="button" c="var(--mantine-color-anchor)" fz="sm" bg="none" bd={0} onClick={() => setShown(shown + MANY)}>
              {t('more')}
            </Text>
          )}
        </div>
      )}
    </div>
  );
}

function Name({ name }: { name?: string | undefined }) {
  return name === undefined ? null : (
    <Text span inherit c="light-dark(var(--mantine-color-violet-9), var(--mantine-color-violet-2))">
      {name}:{' '}
    </Text>
  );
}

function Leaf({ value }: { value: Json }) {
  const t = useTranslations('common');
  const [whole, setWhole] = useState(false);
  const text = JSON.stringify(value) ?? 'undefined';
  const color = typeof value === 'string' ? 'teal' : typeof value === 'number' ? 'blue' : 'grape';
  return (
    <Text span inherit c={`light-dark(var(--mantine-color-${color}-9), var(--mantine-color-${color}-3))`}>
      {whole ? text : text.slice(0, LONG)}
      {!whole && text.length > LONG && (
        <Text component="button" type="button" c="var(--mantine-color-anchor)" fz="sm" bg="none" bd={0} onClick={() => setWhole(true)}>
          … {t('truncated', { count: text.length - LONG })}
        </Text>
      )}
    </Text>
  );
}

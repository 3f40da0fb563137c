import { Textarea } from '@mantine/core';
import { useEffect, useState } from 'react';

import { same } from './check';
import type { Base } from './FieldInput';

/** A value as JSON. What is no JSON yet is handed on as the text that it is, and is refused as such. */
export function JsonInput({ base, value, onChange, blank }: { base: Base; value: unknown; onChange: (value: unknown) => void; blank: unknown }) {
  const [text, setText] = useState(() => write(value));
  // The form was filled in anew from elsewhere.
  useEffect(() => {
    setText((now) => (same(read(now, blank), value) ? now : write(value)));
  }, [value, blank]);
  return (
    <Textarea
      {...base}
      value={text}
      autosize
      minRows={3}
      maxRows={16}
      spellCheck={false}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
      onChange={(event) => {
        setText(event.currentTarget.value);
        onChange(read(event.currentTarget.value, blank));
      }}
    />
  );
}

function write(value: unknown): string {
  if (value === null || value === undefined || value === '') return '';
  if (typeof value === 'object' && Object.keys(value).length === 0) return '';
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

function read(text: string, blank: unknown): unknown {
  if (text.trim() === '') return blank;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

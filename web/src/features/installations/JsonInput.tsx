import { Button, Group, JsonInput as Input } from '@mantine/core';
import { useTranslations } from 'use-intl';

import { parseBody } from './sample';

interface JsonFieldProps {
  label: string;
  description?: string | undefined;
  value: string;
  onChange: (value: string) => void;
}

/** A JSON object as text, with what is wrong with it while one types. */
export function JsonField({ label, description, value, onChange }: JsonFieldProps) {
  const t = useTranslations('installation');
  const parsed = parseBody(value);
  const error = 'error' in parsed ? (parsed.error ? t('notJsonBecause', { why: parsed.error }) : t('notJson')) : undefined;
  return (
    <>
      <Input label={label} description={description} value={value} onChange={onChange} error={error} autosize minRows={6} maxRows={18} spellCheck={false} styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }} />
      <Group justify="flex-end" mt={4}>
        <Button size="compact-xs" variant="subtle" disabled={'error' in parsed} onClick={() => 'value' in parsed && onChange(JSON.stringify(parsed.value, null, 2))}>
          {t('formatJson')}
        </Button>
      </Group>
    </>
  );
}

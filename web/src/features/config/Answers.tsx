import { Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { TableSkeleton } from '../../ui';
import { fieldOf } from './field';
import { FieldInput } from './FieldInput';
import { typedValue } from './model';
import { declarationQuery } from './queries';

interface AnswersProps {
  installation: Schema<'InstallationAnswer'>;
  /** The version that asks; absent where nobody can tell which it is. */
  versionId: string | undefined;
  /** The inputs that it asks about. */
  keys: readonly string[];
  values: Readonly<Record<string, unknown>>;
  /** What the server said of each. */
  errors: Readonly<Record<string, string>>;
  onChange: (key: string, value: unknown) => void;
}

/** Some inputs of a version that the installation does not have yet, each asked for by the control of its kind. */
export function Answers({ installation, versionId, keys, values, errors, onChange }: AnswersProps) {
  const isTold = keys.length > 0 && versionId !== undefined;
  const query = useQuery({ ...declarationQuery({ workflow_id: installation.workflow_id, version_id: versionId ?? '' }), enabled: isTold });
  const fields = (query.data?.inputs ?? []).map(fieldOf).filter((field) => keys.includes(field.key));
  // A switch that nobody touches says no, and says so.
  const silent = fields.find((field) => field.kind === 'boolean' && values[field.key] === undefined);
  useEffect(() => {
    if (silent) onChange(silent.key, silent.default ?? false);
  }, [silent, onChange]);
  if (isTold && query.isPending) return <TableSkeleton rows={keys.length} height={56} />;
  return (
    <Stack gap="md">
      {keys.map((key) => {
        const field = fields.find((each) => each.key === key);
        if (!field) return <Plain key={key} name={key} error={errors[key]} onChange={(value) => onChange(key, value)} />;
        return (
          <FieldInput
            key={key}
            field={field}
            installationId={installation.id}
            value={values[key] ?? field.default ?? ''}
            onChange={(value) => onChange(key, value)}
            onBlur={() => undefined}
            error={errors[key]}
            kept={undefined}
            isRemoved={false}
            onRemoved={() => undefined}
          />
        );
      })}
    </Stack>
  );
}

/** An input of which nothing is known but its name. */
function Plain({ name, error, onChange }: { name: string; error: ReactNode; onChange: (value: unknown) => void }) {
  const t = useTranslations('setup');
  const [text, setText] = useState('');
  return (
    <TextInput
      label={t('answerFor', { field: name })}
      description={t('answerJson')}
      value={text}
      error={error}
      onChange={(event) => {
        setText(event.currentTarget.value);
        onChange(typedValue(event.currentTarget.value));
      }}
    />
  );
}

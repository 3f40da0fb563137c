import { Anchor, Group, PasswordInput, Text } from '@mantine/core';
import { useTranslations } from 'use-intl';

import type { Base, InputProps } from './FieldInput';

/** A secret is typed and never shown again: what is kept is told by its last characters. */
export function SecretInput({ field, value, onChange, kept, isRemoved, onRemoved, base }: InputProps & { base: Base }) {
  const t = useTranslations('setup');
  const typed = typeof value === 'string' ? value : '';
  const isKept = kept !== undefined && !isRemoved;
  return (
    <div>
      <PasswordInput
        {...base}
        value={typed}
        autoComplete="off"
        data-1p-ignore
        placeholder={isKept ? kept : undefined}
        onChange={(event) => onChange(event.currentTarget.value)}
        visibilityToggleButtonProps={{ 'aria-label': t('reveal', { label: field.label }) }}
      />
      <Group gap="sm" mt={4}>
        <Text fz="xs" c="dimmed">
          {isKept ? (typed ? t('secretReplaces') : t('secretKept')) : isRemoved ? t('secretGoes') : t('secretHint')}
        </Text>
        {kept !== undefined && !field.required && (
          <Anchor component="button" type="button" fz="xs" onClick={() => onRemoved(!isRemoved)}>
            {isRemoved ? t('secretStay') : t('secretRemove')}
          </Anchor>
        )}
      </Group>
    </div>
  );
}

import { NumberInput, Textarea, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { useTranslations } from 'use-intl';

import { todayOf, type GrantValues } from './grantForm';

/** How many may take a grant up, until when, and a note. */
export function LimitFields({ form }: { form: UseFormReturnType<Pick<GrantValues, 'most' | 'expires' | 'notes'>> }) {
  const t = useTranslations('developer.access');
  return (
    <>
      <NumberInput label={t('most')} description={t('mostHint')} min={1} allowDecimal={false} allowNegative={false} {...form.getInputProps('most')} />
      <TextInput type="date" label={t('expires')} description={t('expiresHint')} min={todayOf(new Date())} {...form.getInputProps('expires')} />
      <Textarea label={t('notes')} description={t('notesHint')} autosize minRows={1} maxRows={5} {...form.getInputProps('notes')} />
    </>
  );
}

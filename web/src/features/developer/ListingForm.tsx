import { Button, Checkbox, Fieldset, Group, Radio, Select, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';
import { ProblemAlert, useDo } from '../../ui';
import { useMe } from '../identity/useMe';
import { changeOf, isNarrower, mostOf, type ListingValues } from './listingChange';
import { listingQuery, type Listing } from './queries';

const visibilities = ['public', 'unlisted', 'private'] as const;
const modes = ['system', 'developer', 'hybrid'] as const;

/** What may be said of a workflow without deploying it. */
export function ListingForm({ listing }: { listing: Listing }) {
  const t = useTranslations('developer.listing');
  const list = useTranslations('developer.list');
  const c = useTranslations('common');
  const { edits } = useMe();
  const limit = (most: number) => (value: string) => (value.length > most ? t('tooLong', { most }) : null);
  const form = useForm<ListingValues>({
    initialValues: {
      visibility: listing.visibility,
      tagline: listing.tagline,
      description: listing.description,
      category: listing.category,
      icon: listing.icon ?? '',
      credential_mode: listing.credential_mode,
      complexity_tier: listing.complexity_tier ?? '',
      revoke_existing: false,
    },
    validate: { tagline: limit(mostOf.tagline), description: limit(mostOf.description), category: limit(mostOf.category), icon: limit(mostOf.icon) },
  });
  const save = useDo({
    work: (body: Schema<'ChangeListing'>) => data(api.PATCH('/api/developer/workflows/{id}', { params: { path: { id: listing.id } }, body })),
    renews: [listingQuery(listing.id).queryKey, ['marketplace']],
    says: t('saved'),
    quiet: true,
  });
  const submit = form.onSubmit((values) => save.mutate(changeOf(listing, values), { onError: (error) => isProblem(error) && form.setErrors(error.fields) }));
  const narrows = isNarrower(listing, form.values.visibility);
  const isFree = listing.pricing.model === 'free';
  return (
    <form onSubmit={submit} noValidate>
      <Fieldset variant="unstyled" disabled={!edits}>
      <Stack>
        <Radio.Group label={t('visibility')} {...form.getInputProps('visibility')}>
          <Stack gap="xs" mt={6}>
            {visibilities.map((each) => (
              <Radio key={each} value={each} label={list(`visibilities.${each}`)} description={t(`visibilityHints.${each}`)} />
            ))}
          </Stack>
        </Radio.Group>
        {narrows && (
          <Stack gap="xs">
            <Text fz="sm">{t('narrows')}</Text>
            <Checkbox label={t('revokeExisting')} {...form.getInputProps('revoke_existing', { type: 'checkbox' })} />
          </Stack>
        )}
        <TextInput label={t('tagline')} description={t('taglineHint')} {...form.getInputProps('tagline')} />
        <Textarea
          label={t('descriptionField')}
          description={t('length', { used: form.values.description.length, most: mostOf.description })}
          autosize
          minRows={3}
          maxRows={10}
          {...form.getInputProps('description')}
        />
        <Group grow align="flex-start" preventGrowOverflow={false} wrap="wrap">
          <TextInput label={t('category')} description={t('categoryHint')} {...form.getInputProps('category')} />
          <TextInput label={t('icon')} description={t('iconHint')} {...form.getInputProps('icon')} />
        </Group>
        <Select label={t('credentialMode')} allowDeselect={false} data={modes.map((value) => ({ value, label: t(`credentialModes.${value}`) }))} {...form.getInputProps('credential_mode')} />
        <Select
          label={t('tier')}
          description={isFree ? t('tierFree') : t('tierHint')}
          allowDeselect={false}
          // Once said, it can be changed and not taken back.
          data={[...(listing.complexity_tier ? [] : [{ value: '', label: t('tiers.none') }]), { value: 'light', label: t('tiers.light') }, { value: 'heavy', label: t('tiers.heavy') }]}
          {...form.getInputProps('complexity_tier')}
        />
        <ProblemAlert error={save.error} />
        {edits && (
          <Group>
            <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>
              {c('save')}
            </Button>
            {form.isDirty() && (
              <Button variant="subtle" color="gray" onClick={() => form.reset()}>
                {t('discard')}
              </Button>
            )}
          </Group>
        )}
      </Stack>
      </Fieldset>
    </form>
  );
}

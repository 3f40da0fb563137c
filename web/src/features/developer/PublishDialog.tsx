import { Alert, Button, Checkbox, Group, Loader, Modal, NumberInput, SegmentedControl, Stack, Text, Textarea } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';
import { LinkButton, ProblemAlert, useDo } from '../../ui';
import { Differences } from './Differences';
import { comparisonQuery, type Listing, type OwnVersion } from './queries';

interface PublishDialogProps {
  listing: Listing;
  versions: readonly OwnVersion[];
  /** The version to publish; without one the dialog is closed. */
  version: OwnVersion | undefined;
  onClose: () => void;
}

/** Publishes a version: what it breaks is seen before, what the server remarks after. */
export function PublishDialog({ listing, versions, version, onClose }: PublishDialogProps) {
  const t = useTranslations('developer.versions');
  return (
    <Modal opened={version !== undefined} onClose={onClose} title={t('publishTitle', { version: version?.version ?? '' })} size="lg">
      {version && <Publish key={version.id} {...{ listing, versions, version, onClose }} />}
    </Modal>
  );
}

function Publish({ listing, versions, version, onClose }: PublishDialogProps & { version: OwnVersion }) {
  const t = useTranslations('developer.versions');
  const c = useTranslations('common');
  const current = versions.find((each) => each.is_current);
  const compared = useQuery({ ...comparisonQuery(listing.id, current?.id ?? '', version.id), enabled: current !== undefined });
  const [done, setDone] = useState<Schema<'PublishedAnswer'>>();
  const form = useForm({
    initialValues: { notes: version.notes ?? '', reach: 'all', percentage: 10 as number | string, allow: false },
    validate: { notes: (value) => (value.length > 2000 ? t('tooLongNotes') : null) },
  });
  const publish = useDo({
    work: (values: typeof form.values) => {
      const body: Schema<'PublishWorkflowRequest'> = {
        ...(values.notes.trim() !== '' && values.notes !== version.notes && { notes: values.notes }),
        ...(values.allow && { allow_breaking: true }),
        ...(current && { rollout: values.reach === 'all' ? { strategy: 'immediate' } : { strategy: 'gradual', percentage: Number(values.percentage) } }),
      };
      return data(api.POST('/api/developer/workflows/{id}/versions/{v}/publish', { params: { path: { id: listing.id, v: version.id } }, body }));
    },
    renews: [['developer'], ['rollouts', listing.id], ['marketplace']],
    says: (answer) => (answer.version.state === 'pending' ? t('waits', { version: version.version }) : t('publishedIt', { version: version.version })),
    done: (answer) => (answer.warnings.length > 0 ? setDone(answer) : onClose()),
    quiet: true,
  });
  if (done) return <Remarks answer={done} onClose={onClose} />;
  const breaks = compared.data?.has_breaking_changes === true;
  return (
    <form onSubmit={form.onSubmit((values) => publish.mutate(values))} noValidate>
      <Stack>
        <Text fz="sm">{current ? t('publishNext', { current: current.version }) : t('publishFirst', { visibility: listing.visibility })}</Text>
        {current && compared.isPending && (
          <Group gap="xs" role="status">
            <Loader size="xs" aria-hidden />
            <Text fz="sm">{t('comparing', { current: current.version })}</Text>
          </Group>
        )}
        {compared.isError && <ProblemAlert error={compared.error} onRetry={() => void compared.refetch()} />}
        {compared.data && <Differences comparison={compared.data} />}
        <Textarea label={t('notesField')} description={t('notesHint')} autosize minRows={3} maxRows={10} data-autofocus {...form.getInputProps('notes')} />
        {current && (
          <Stack gap={6}>
            <Text fz="sm" fw={500} id="publish-reach">
              {t('reach')}
            </Text>
            <SegmentedControl
              aria-labelledby="publish-reach"
              data={[
                { value: 'all', label: t('reachAll') },
                { value: 'gradual', label: t('reachGradual') },
              ]}
              {...form.getInputProps('reach')}
            />
            {form.values.reach === 'gradual' && (
              <NumberInput label={t('percentage')} description={t('percentageHint')} min={0.01} max={100} decimalScale={2} suffix=" %" {...form.getInputProps('percentage')} />
            )}
          </Stack>
        )}
        {breaks && <Checkbox label={t('allowBreaking')} description={t('allowBreakingHint')} {...form.getInputProps('allow', { type: 'checkbox' })} />}
        <ProblemAlert error={publish.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {c('cancel')}
          </Button>
          <Button type="submit" loading={publish.isPending}>
            {t('publishDo')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** What the server has to say about a version that it published nevertheless. */
function Remarks({ answer, onClose }: { answer: Schema<'PublishedAnswer'>; onClose: () => void }) {
  const t = useTranslations('developer.versions');
  const c = useTranslations('common');
  return (
    <Stack>
      <Alert styles={{ title: { color: 'var(--mantine-color-text)' } }} color="yellow" variant="light" title={t('warned', { count: answer.warnings.length })}>
        <ul style={{ margin: 0, paddingInlineStart: 20 }}>
          {answer.warnings.map((finding) => (
            <li key={`${finding.field} ${finding.code}`}>
              {finding.message} {finding.suggestion}
            </li>
          ))}
        </ul>
      </Alert>
      <Group justify="flex-end">
        <LinkButton to="/app/developer/workflows/$id" params={{ id: answer.listing.id }} search={{ tab: 'rollout' }} variant="default" onClick={onClose}>
          {t('toRollout')}
        </LinkButton>
        <Button onClick={onClose}>{c('close')}</Button>
      </Group>
    </Stack>
  );
}

import { Button, Group, Modal, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import { ProblemAlert, useDo } from '../../ui';
import { fieldsOf, useWrongWords } from './GrantDialog';
import { changeOf, lastDay, limitsWrong, todayOf, whom, type Grant, type GrantValues } from './grantForm';
import { LimitFields } from './LimitFields';
import { grantsKey } from './queries';

/** Changes how many may take a grant up, and until when. */
export function LimitsDialog({ workflow, grant, onClose }: { workflow: string; grant: Grant | undefined; onClose: () => void }) {
  const t = useTranslations('developer.access');
  return (
    <Modal opened={grant !== undefined} onClose={onClose} title={grant && t('changeTitle', { whom: whom(grant) })}>
      {grant && <Limits key={grant.id} workflow={workflow} grant={grant} onClose={onClose} />}
    </Modal>
  );
}

function Limits({ workflow, grant, onClose }: { workflow: string; grant: Grant; onClose: () => void }) {
  const t = useTranslations('developer.access');
  const c = useTranslations('common');
  const words = useWrongWords();
  const form = useForm<Pick<GrantValues, 'most' | 'expires' | 'notes'>>({
    initialValues: { most: grant.max_installs ?? '', expires: lastDay(grant), notes: grant.notes ?? '' },
    // A day that was there already may be over.
    validate: (values) => words(limitsWrong(values, values.expires === lastDay(grant) ? '' : todayOf(new Date()))),
  });
  const change = useDo({
    work: (values: typeof form.values) => data(api.PATCH('/api/developer/workflows/{id}/grants/{grant_id}', { params: { path: { id: workflow, grant_id: grant.id } }, body: changeOf(grant, values) })),
    renews: [grantsKey(workflow)],
    says: t('changed'),
    done: onClose,
    quiet: true,
  });
  return (
    <form onSubmit={form.onSubmit((values) => change.mutate(values, { onError: (error) => isProblem(error) && form.setErrors(fieldsOf(error.fields)) }))} noValidate>
      <Stack>
        <LimitFields form={form} />
        <ProblemAlert error={change.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {c('cancel')}
          </Button>
          <Button type="submit" loading={change.isPending} disabled={!form.isDirty()}>
            {c('save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

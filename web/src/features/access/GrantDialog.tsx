import { Button, Checkbox, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useForm, type UseFormReturnType } from '@mantine/form';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import { CopyField, ProblemAlert, SecretOnce, useDo } from '../../ui';
import { blank, requestOf, todayOf, wrongIn, type Grant, type GrantValues, type Kind, type Wrong } from './grantForm';
import { LimitFields } from './LimitFields';
import { grantsKey } from './queries';

/** Grants access in one of the five ways; a code is shown once, here. */
export function GrantDialog({ workflow, kind, onClose }: { workflow: string; kind: Kind | undefined; onClose: () => void }) {
  const t = useTranslations('developer.access');
  return (
    // A click beside it would lose the code.
    <Modal opened={kind !== undefined} onClose={onClose} closeOnClickOutside={false} title={kind && t('dialogTitle', { kind: t(`kinds.${kind}`) })}>
      {kind && <GrantForm key={kind} workflow={workflow} kind={kind} onClose={onClose} />}
    </Modal>
  );
}

function GrantForm({ workflow, kind, onClose }: { workflow: string; kind: Kind; onClose: () => void }) {
  const t = useTranslations('developer.access');
  const c = useTranslations('common');
  const [made, setMade] = useState<Grant>();
  const words = useWrongWords();
  const form = useForm<GrantValues>({ initialValues: blank, validate: (values) => words(wrongIn(kind, values, todayOf(new Date()))) });
  const grant = useDo({
    work: (values: GrantValues) => data(api.POST('/api/developer/workflows/{id}/grants', { params: { path: { id: workflow } }, body: requestOf(kind, values) })),
    renews: [grantsKey(workflow)],
    says: kind === 'access_code' ? undefined : t('made'),
    done: (answer) => (answer.code ? setMade(answer) : onClose()),
    quiet: true,
  });
  if (made) return <MadeCode grant={made} onClose={onClose} />;
  // The server refuses a domain where everybody gets an address, and says how to mean it nevertheless.
  const mayForce = isForcible(kind, grant.error);
  // What stands at a field is said there.
  const isAtFields = isProblem(grant.error) && Object.keys(fieldsOf(grant.error.fields)).length > 0;
  const submit = form.onSubmit((values) => grant.mutate(values, { onError: (error) => isProblem(error) && form.setErrors(isForcible(kind, error) ? { value: t('publicDomain') } : fieldsOf(error.fields)) }));
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Text fz="sm">{t(`kindHints.${kind}`)}</Text>
        <TextInput
          label={t(`values.${kind}`)}
          placeholder={t(`placeholders.${kind}`)}
          description={kind === 'access_code' ? t('codeHint') : undefined}
          required={kind !== 'access_code'}
          type={kind === 'email' ? 'email' : 'text'}
          autoComplete="off"
          spellCheck={false}
          data-autofocus
          {...form.getInputProps('value')}
        />
        {(mayForce || form.values.force) && <Checkbox label={t('force')} {...form.getInputProps('force', { type: 'checkbox' })} />}
        <LimitFields form={form as unknown as UseFormReturnType<Pick<GrantValues, 'most' | 'expires' | 'notes'>>} />
        {!isAtFields && <ProblemAlert error={grant.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {c('cancel')}
          </Button>
          <Button type="submit" loading={grant.isPending}>
            {t('grant')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Whether a grant was refused because everybody can have an address at its domain. */
function isForcible(kind: Kind, error: unknown): boolean {
  return kind === 'email_domain' && isProblem(error, 'INVALID_GRANT') && error.detail.includes('force');
}

function MadeCode({ grant, onClose }: { grant: Grant; onClose: () => void }) {
  const t = useTranslations('developer.access');
  return (
    <Stack>
      <Text fw={600}>{t('codeMade')}</Text>
      <SecretOnce label={t('code')} value={grant.code ?? ''} />
      {grant.share_url && <CopyField label={t('shareLink')} description={t('shareText')} value={grant.share_url} />}
      <Group justify="flex-end">
        <Button onClick={onClose} data-autofocus>
          {t('done')}
        </Button>
      </Group>
    </Stack>
  );
}

/** Our fields by the names under which the server speaks of them. */
export function fieldsOf(errors: Record<string, string>): Record<string, string> {
  const names: Record<string, keyof GrantValues> = { value: 'value', grant_value: 'value', max_installs: 'most', expires_at: 'expires', notes: 'notes' };
  return Object.fromEntries(Object.entries(errors).flatMap(([field, message]) => (names[field] ? [[names[field], message]] : [])));
}

/** What is wrong with a form, in words. */
export function useWrongWords(): (wrong: Wrong) => Record<string, string> {
  const t = useTranslations('developer.access');
  return (wrong) => Object.fromEntries(Object.entries(wrong).map(([field, rule]) => [field, t(`errors.${rule}`)]));
}

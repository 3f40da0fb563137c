import { Button, Checkbox, Group, Modal, Stack, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';
import { ProblemAlert, useDo } from '../../ui';
import { isName, soundsSecret, VALUE_BYTES } from './name';
import { variablesQuery } from './queries';

type Asked = Schema<'VariableAnswer'> | 'new' | undefined;

/** Sets a variable, a new one or one that is there. */
export function VariableDialog({ workflow, variable, onClose }: { workflow: string; variable: Asked; onClose: () => void }) {
  const t = useTranslations('developer.variables');
  const known = variable === 'new' ? undefined : variable;
  return (
    <Modal opened={variable !== undefined} onClose={onClose} title={known ? t('changeTitle', { name: known.name }) : t('addTitle')}>
      {variable && <VariableForm key={known?.name ?? ''} workflow={workflow} known={known} onClose={onClose} />}
    </Modal>
  );
}

function VariableForm({ workflow, known, onClose }: { workflow: string; known: Schema<'VariableAnswer'> | undefined; onClose: () => void }) {
  const t = useTranslations('developer.variables');
  const c = useTranslations('common');
  const form = useForm({
    initialValues: { name: known?.name ?? '', value: known?.value ?? '', secret: known?.secret ?? false },
    validate: {
      name: (name) => (isName(name) ? null : t('needName')),
      // A plain one may be an empty text.
      value: (value, { secret }) => ((secret && value === '') || new TextEncoder().encode(value).length > VALUE_BYTES ? t('needValue') : null),
    },
  });
  const set = useDo({
    work: ({ name, value, secret }: typeof form.values) => data(api.PUT('/api/developer/workflows/{id}/variables/{name}', { params: { path: { id: workflow, name } }, body: { value, secret } })),
    renews: [variablesQuery(workflow).queryKey],
    says: (answer) => t('set', { name: answer.name }),
    done: onClose,
    quiet: true,
  });
  // What stands at a field is said there.
  const isAtFields = isProblem(set.error) && set.error.errors.length > 0 && set.error.errors.every(({ field }) => field in form.values);
  return (
    <form onSubmit={form.onSubmit((values) => set.mutate(values, { onError: (error) => isProblem(error) && form.setErrors(error.fields) }))} noValidate>
      <Stack>
        {!known && (
          <TextInput
            label={t('name')}
            description={t('nameHint')}
            required
            data-autofocus
            autoComplete="off"
            spellCheck={false}
            {...form.getInputProps('name')}
            onChange={(event) => {
              const name = event.currentTarget.value.toUpperCase();
              form.setFieldValue('name', name);
              // What sounds like a secret is one, unless somebody says otherwise.
              if (!form.isTouched('secret')) form.setFieldValue('secret', soundsSecret(name));
            }}
          />
        )}
        <Textarea
          label={known?.secret ? t('newValue') : t('value')}
          description={t('valueHint')}
          required={form.values.secret}
          autosize
          minRows={2}
          maxRows={10}
          data-autofocus={known ? true : undefined}
          autoComplete="off"
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          {...form.getInputProps('value')}
        />
        <Checkbox label={t('secret')} description={t('secretHint')} {...form.getInputProps('secret', { type: 'checkbox' })} />
        {!isAtFields && <ProblemAlert error={set.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {c('cancel')}
          </Button>
          <Button type="submit" loading={set.isPending}>
            {c('save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

import { Box, Button, Collapse, Group, Stack, Text } from '@mantine/core';
import { IconAlertCircle, IconCheck, IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { ProblemAlert } from '../../ui';
import type { Fault } from './check';
import type { Field } from './field';
import { FieldInput } from './FieldInput';
import { keptSecret, split } from './model';
import { useConfig, type Saving } from './useConfig';

interface ConfigFormProps {
  installation: Schema<'InstallationAnswer'>;
  /** The declared inputs (`capabilities.inputs` of the workflow). */
  inputs: ReadonlyArray<Schema<'InputSummary'>>;
  /** Inputs that are asked first, by key. */
  essential?: readonly string[] | undefined;
  /** What the author proposes for inputs that nobody filled in. */
  proposed?: Readonly<Record<string, unknown>> | undefined;
  /** Saves while one fills in; otherwise when the button is pressed. */
  asOneGoes?: boolean;
  /** What the button says. */
  action: string;
  onSaved?: () => void;
  /** Beside the button. */
  aside?: ReactNode;
  readOnly?: boolean;
}

/** A form made of what a workflow declares. Checked as one types by the server's own rules; secrets are never shown again. */
export function ConfigForm({ installation, inputs, essential, proposed, asOneGoes = false, action, onSaved, aside, readOnly = false }: ConfigFormProps) {
  const t = useTranslations('setup');
  const form = useConfig({ installation, inputs, proposed, asOneGoes });
  const told = useTold();
  const { first, rest } = split(form.shown, essential);
  const isSplit = first.length > 0 && rest.length > 2;
  const [isOpen, setOpen] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const hidden = rest.filter((field) => form.faultOf(field) || form.refused[field.key]);
  const opened = isOpen || hidden.length > 0;

  const submit = async () => {
    setBusy(true);
    const left = await form.submit();
    setBusy(false);
    if (left === undefined) return onSaved?.();
    if (left === false) return;
    if (rest.includes(left)) setOpen(true);
    // After the folded part has been drawn.
    requestAnimationFrame(() => focus(left.key));
  };

  const draw = (field: Field) => (
    <FieldInput
      key={field.key}
      field={field}
      installationId={installation.id}
      value={form.values[field.key]}
      onChange={(value) => form.set(field.key, value)}
      onBlur={() => form.leave(field.key)}
      error={told(field, form.faultOf(field)) ?? form.refused[field.key]}
      kept={keptSecret(field, form.config)}
      isRemoved={form.removed.has(field.key)}
      onRemoved={(removed) => form.remove(field.key, removed)}
    />
  );

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Box component="fieldset" disabled={readOnly} bd={0} p={0} m={0} miw={0}>
        <Stack gap="lg">
          {(isSplit ? first : form.shown).map(draw)}
          {isSplit && (
            <div>
              <Button
                variant="subtle"
                size="sm"
                px="xs"
                aria-expanded={opened}
                leftSection={opened ? <IconChevronDown size={16} aria-hidden /> : <IconChevronRight size={16} aria-hidden />}
                onClick={() => setOpen(!opened)}
              >
                {t('moreInputs', { count: rest.length })}
              </Button>
              <Collapse expanded={opened}>
                <Stack gap="lg" pt="md">
                  {rest.map(draw)}
                </Stack>
              </Collapse>
            </div>
          )}
          <ProblemAlert error={form.problem} />
          {!readOnly && (
            <Group justify="space-between" gap="sm">
              <Saved saving={form.saving} asOneGoes={asOneGoes} />
              <Group gap="sm" ml="auto">
                {!asOneGoes && form.isChanged && (
                  <Button variant="default" onClick={form.reset}>
                    {t('discard')}
                  </Button>
                )}
                {aside}
                <Button type="submit" loading={isBusy} disabled={!asOneGoes && !form.isChanged}>
                  {action}
                </Button>
              </Group>
            </Group>
          )}
        </Stack>
      </Box>
    </form>
  );
}

function focus(key: string): void {
  const found = document.getElementById(`input-${key}`);
  const control = found?.matches('input, textarea, select') ? found : found?.querySelector<HTMLElement>('input, textarea, select, button');
  control?.focus();
}

/** What is wrong, in words; nothing where nothing is. */
function useTold(): (field: Field, fault: Fault | undefined) => string | undefined {
  const t = useTranslations('setup');
  return (field, fault) => {
    if (!fault) return undefined;
    if (fault.message) return fault.message;
    const about = fault.about as keyof Messages;
    return t.has(`fault.${about}`) ? t(`fault.${about}`, { label: field.label, limit: fault.limit ?? 0 }) : t('fault.other');
  };
}

type Messages = (typeof import('../../i18n/en/setup'))['setup']['fault'];

/** Whether what was typed is safe, without a jump in the layout. */
function Saved({ saving, asOneGoes }: { saving: Saving; asOneGoes: boolean }) {
  const t = useTranslations('setup');
  const text = saving === 'saving' ? t('saving') : saving === 'saved' ? t('savedNow') : saving === 'failed' ? t('notSaved') : asOneGoes ? t('savesItself') : '';
  return (
    <Group gap={6} wrap="nowrap" role="status" mih={24}>
      {saving === 'saved' && <IconCheck size={16} aria-hidden />}
      {saving === 'failed' && <IconAlertCircle size={16} aria-hidden />}
      <Text fz="sm" c={saving === 'failed' ? 'var(--mantine-color-error)' : 'dimmed'}>
        {text}
      </Text>
    </Group>
  );
}

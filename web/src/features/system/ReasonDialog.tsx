import { Button, Group, Modal, NumberInput, Stack, Text, Textarea } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslations } from 'use-intl';

import { isProblem } from '../../api/problem';
import { ProblemAlert, useDo } from '../../ui';

interface ReasonDialogProps {
  title: string;
  text: string;
  action: string;
  danger?: boolean | undefined;
  /** Asks for how many hours, too. */
  hours?: boolean | undefined;
  work: (reason: string, hours: number) => Promise<unknown>;
  onClose: () => void;
}

/** Something that staff do to somebody else's: never without a reason. */
export function ReasonDialog({ title, text, action, danger, hours, work, onClose }: ReasonDialogProps) {
  const t = useTranslations('system');
  const common = useTranslations('common');
  const form = useForm({ initialValues: { reason: '', hours: 1 as number | string } });
  const send = useDo({ work: (values: { reason: string; hours: number }) => work(values.reason, values.hours), renews: [['system']], says: t('did'), quiet: true, done: onClose });
  const submit = form.onSubmit((values) => send.mutate({ reason: values.reason.trim(), hours: Number(values.hours) }, { onError: (error) => isProblem(error) && form.setErrors(error.fields) }));
  return (
    <Modal opened onClose={onClose} title={title}>
      <form onSubmit={submit}>
        <Stack>
          <Text fz="sm">{text}</Text>
          <Textarea label={t('reason')} description={t('reasonText')} required minLength={10} maxLength={1000} autosize minRows={3} data-autofocus {...form.getInputProps('reason')} />
          {hours && <NumberInput label={t('hours')} min={1} max={4} allowDecimal={false} required {...form.getInputProps('hours')} />}
          {send.isError && <ProblemAlert error={send.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common('cancel')}
            </Button>
            <Button type="submit" color={danger ? 'red' : undefined} loading={send.isPending}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

import { Alert, Button, Checkbox, Divider, Group, Loader, Modal, NumberInput, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { ProblemAlert, TextLink, useDo } from '../../ui';
import { resumeRun, type ResumeAnswer } from './deeds';
import { Difference } from './Difference';
import { shortId } from './names';
import { given } from './queries';
import { VersionChoice, versionName, type Version } from './VersionChoice';

interface ResumeDialogProps {
  run: string;
  /** How many calls the journal has; absent while it is still read. */
  calls: number | undefined;
  /** Call from which on everything is made again, to begin with. */
  from: number | undefined;
  onClose: () => void;
}

/** Resumes one run: first shows what would be kept and what differs, then does it. */
export function ResumeDialog({ run, calls, from: begin, onClose }: ResumeDialogProps) {
  const t = useTranslations('runs.resumption');
  const common = useTranslations('common');
  const navigate = useNavigate();
  const [version, setVersion] = useState<Version>('latest');
  const [from, setFrom] = useState<number | undefined>(begin);
  const [force, setForce] = useState(false);
  const [settled] = useDebouncedValue(from, 300);
  const how = given({ version: versionName(version), from: settled });
  const trial = useQuery({ queryKey: ['resume', run, how, force], staleTime: Infinity, gcTime: 0, queryFn: () => resumeRun(run, { ...how, force, dry_run: true }) });
  const go = useDo({
    work: () => resumeRun(run, { ...how, force }),
    renews: [['runs'], ['run', run]],
    quiet: true,
    done: ({ run_id, already }) => {
      if (!run_id) return;
      if (!already) notifications.show({ message: t('begun'), color: 'teal' });
      onClose();
      void navigate({ to: '/app/runs/$id', params: { id: run_id } });
    },
  });
  const pending = trial.isFetching || settled !== from;
  /** What was refused was refused of what was chosen then. */
  const choose = <Value,>(set: (value: Value) => void) => (value: Value) => (set(value), go.reset());
  return (
    <Modal opened onClose={onClose} title={t('title')} size="xl">
      <Stack>
        <Text fz="sm">{t('text')}</Text>
        <VersionChoice value={version} onChange={choose(setVersion)} />
        <NumberInput label={t('from')} description={t('fromText')} min={1} max={calls === undefined ? undefined : calls + 1} allowDecimal={false} value={from ?? ''} onChange={(value) => choose(setFrom)(typeof value === 'number' && value >= 1 ? value : undefined)} w={{ base: '100%', xs: 320 }} />
        <Divider />
        <div aria-live="polite">
          {pending ? (
            <Group gap="xs">
              <Loader size="xs" />
              <Text fz="sm">{t('looking')}</Text>
            </Group>
          ) : trial.data ? (
            <Outlook answer={trial.data} calls={calls} />
          ) : null}
        </div>
        <ProblemAlert error={go.error ?? (pending ? null : trial.error)} onRetry={trial.isError ? () => void trial.refetch() : undefined} />
        {(trial.data?.already || force) && <Checkbox label={t('again')} checked={force} onChange={(event) => choose(setForce)(event.currentTarget.checked)} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {common('cancel')}
          </Button>
          <Button onClick={() => go.mutate()} loading={go.isPending} disabled={pending || trial.data === undefined}>
            {trial.data?.already && !force ? t('goToIt') : t('go')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** What would happen. */
function Outlook({ answer, calls }: { answer: ResumeAnswer; calls: number | undefined }) {
  const t = useTranslations('runs.resumption');
  const { kept, retried, difference, already, run_id } = answer;
  return (
    <Stack gap="sm">
      {already && (
        <Alert color="yellow" variant="light">
          {t('already')}{' '}
          {run_id && (
            <TextLink to="/app/runs/$id" params={{ id: run_id }}>
              {shortId(run_id)}
            </TextLink>
          )}
        </Alert>
      )}
      <Text fw={600}>{calls === undefined ? t('keptSome', { kept }) : t('kept', { kept, count: calls })}.</Text>
      {retried.length > 0 && <Text fz="sm">{t('retried', { count: retried.length, list: retried.join(', ') })}.</Text>}
      {difference ? <Difference difference={difference} /> : <Text fz="sm">{t('same')}</Text>}
    </Stack>
  );
}

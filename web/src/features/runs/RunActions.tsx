import { Button } from '@mantine/core';
import { IconDownload, IconPlayerPlay, IconPlayerStop, IconRepeat } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { useConfirm, useDo } from '../../ui';
import { useMe } from '../identity/useMe';
import { cancelRun, isBroken, isOver, retryRun } from './deeds';
import { RecordingDialog } from './RecordingDialog';

/** What can be done with a run as it stands. */
export function RunActions({ run, onResume }: { run: Schema<'RunDetail'>; onResume: () => void }) {
  const t = useTranslations('runs');
  const { edits } = useMe();
  const confirm = useConfirm();
  const navigate = useNavigate();
  const [recording, setRecording] = useState(false);
  const cancel = useDo({ work: () => cancelRun(run.id), renews: [['run', run.id], ['runs']], says: ({ cancelling }) => (cancelling ? t('cancelled', { count: 1 }) : t('alreadyOver')) });
  const retry = useDo({ work: () => retryRun(run.id), renews: [['runs']], says: t('retried', { count: 1 }), done: ({ run_id }) => void navigate({ to: '/app/runs/$id', params: { id: run_id } }) });
  const askCancel = async () => {
    if (await confirm({ title: t('cancelTitle', { count: 1 }), text: t('cancelText'), action: t('cancel'), keep: t('keep'), danger: true })) cancel.mutate();
  };
  const askRetry = async () => {
    if (await confirm({ title: t('retryTitle', { count: 1 }), text: t('retryText'), action: t('retry') })) retry.mutate();
  };
  return (
    <>
      {edits && isBroken(run.status) && (
        <>
          <Button leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={onResume}>
            {t('resumeOn')}
          </Button>
          <Button variant="default" leftSection={<IconRepeat size={16} aria-hidden />} loading={retry.isPending} onClick={() => void askRetry()}>
            {t('retry')}
          </Button>
        </>
      )}
      {edits && !isOver(run.status) && (
        <Button variant="default" leftSection={<IconPlayerStop size={16} aria-hidden />} loading={cancel.isPending} onClick={() => void askCancel()}>
          {t('cancel')}
        </Button>
      )}
      {run.started_at && (
        <Button variant="default" leftSection={<IconDownload size={16} aria-hidden />} onClick={() => setRecording(true)}>
          {t('page.download')}
        </Button>
      )}
      {recording && <RecordingDialog run={run.id} onClose={() => setRecording(false)} />}
    </>
  );
}

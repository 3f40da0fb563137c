import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { useDo } from '../../ui';
import { useMe } from '../identity/useMe';
import type { Rollout } from './steps';

type Deed = 'halt' | 'rollback';

/** Halts a rollout, or takes it back. Nothing where there is nothing to halt. */
export function StopButtons({ rollout }: { rollout: Rollout }) {
  const t = useTranslations('developer.rollout');
  const { edits } = useMe();
  const [deed, ask] = useState<Deed>();
  const mayHalt = rollout.status === 'active';
  // Of one that moved nobody and has ended there is nothing to take back.
  const mayGoBack = rollout.status === 'active' || (rollout.progress.moved > 0 && (rollout.status === 'halted' || rollout.status === 'complete'));
  if (!edits) return null;
  return (
    <>
      {mayHalt && (
        <Button variant="default" onClick={() => ask('halt')}>
          {t('halt')}
        </Button>
      )}
      {mayGoBack && (
        <Button variant="default" c="light-dark(var(--mantine-color-red-9), var(--mantine-color-red-3))" onClick={() => ask('rollback')}>
          {t('rollback')}
        </Button>
      )}
      <Modal opened={deed !== undefined} onClose={() => ask(undefined)} title={deed && t(`${deed}Title`, { version: rollout.version })}>
        {deed && <Stop rollout={rollout} deed={deed} onDone={() => ask(undefined)} />}
      </Modal>
    </>
  );
}

function Stop({ rollout, deed, onDone }: { rollout: Rollout; deed: Deed; onDone: () => void }) {
  const t = useTranslations('developer.rollout');
  const c = useTranslations('common');
  const [reason, setReason] = useState('');
  const stop = useDo({
    work: () => {
      const said = { params: { path: { id: rollout.workflow_id } }, body: reason.trim() === '' ? {} : { reason } };
      return deed === 'halt' ? data(api.POST('/api/developer/workflows/{id}/rollout/halt', said)) : data(api.POST('/api/developer/workflows/{id}/rollout/rollback', said));
    },
    renews: [['rollouts', rollout.workflow_id], ['installations']],
    says: t(deed === 'halt' ? 'halted' : 'rolledBack'),
    done: onDone,
  });
  return (
    <Stack>
      <Text fz="sm">{t(`${deed}Text`)}</Text>
      <TextInput label={t('stopReason')} description={t('stopReasonHint')} data-autofocus value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onDone}>
          {c('cancel')}
        </Button>
        <Button color="red" loading={stop.isPending} onClick={() => stop.mutate()}>
          {t(deed)}
        </Button>
      </Group>
    </Stack>
  );
}

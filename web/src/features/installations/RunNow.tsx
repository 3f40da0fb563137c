import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { ProblemAlert, useDo } from '../../ui';
import { JsonField } from './JsonInput';
import type { Installation } from './queries';
import { parseBody } from './sample';
import { StartedRun } from './StartedRun';

/** Starts a run by hand and shows how it goes. */
export function RunNow({ installation, onClose }: { installation: Installation; onClose: () => void }) {
  const t = useTranslations('installation');
  const [text, setText] = useState('{}');
  const parsed = parseBody(text);
  const start = useDo({
    work: (body: Record<string, unknown>) => data(api.POST('/api/installations/{id}/run', { params: { path: { id: installation.id } }, body: { data: body as Record<string, never> } })),
    renews: [['runs']],
    quiet: true,
  });
  return (
    <Modal opened onClose={onClose} title={t('runNow')} size="lg">
      <Stack gap="sm">
        <Text fz="sm">{t('runNowText')}</Text>
        <JsonField label={t('runInput')} value={text} onChange={setText} />
        <ProblemAlert error={start.error} />
        {start.data && <StartedRun key={start.data.run_id} id={start.data.run_id} />}
        <Group justify="flex-end">
          <Button disabled={'error' in parsed} loading={start.isPending} onClick={() => 'value' in parsed && start.mutate(parsed.value)}>
            {t('start')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

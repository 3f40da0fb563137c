import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';

import { request } from '../../api/client';
import { CopyField, ProblemAlert, useDo } from '../../ui';

/** A run to take home: its recording, and how it is executed again. */
export function RecordingDialog({ run, onClose }: { run: string; onClose: () => void }) {
  const t = useTranslations('runs.page');
  const file = `${run}.json`;
  const download = useDo({
    work: async () => {
      // As it comes: what is in the file counts to the letter.
      const answer = await request(new Request(new URL(`/api/runs/${encodeURIComponent(run)}/recording`, location.origin)));
      save(await answer.blob(), file);
    },
    quiet: true,
  });
  return (
    <Modal opened onClose={onClose} title={t('downloadTitle')} size="lg">
      <Stack>
        <Text fz="sm">{t('downloadText')}</Text>
        <ProblemAlert error={download.error} />
        <Group>
          <Button leftSection={<IconDownload size={16} aria-hidden />} loading={download.isPending} onClick={() => download.mutate()}>
            {t('downloadFile')}
          </Button>
        </Group>
        <CopyField label={t('downloadCommand')} value={`millrace replay ${file} --steps`} />
        <CopyField label={t('pullCommand')} value={`millrace runs pull ${run} -o ${file}`} />
        <Text fz="sm" c="dimmed">
          {t('downloadNote')}
        </Text>
      </Stack>
    </Modal>
  );
}

function save(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser has begun to read by then.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

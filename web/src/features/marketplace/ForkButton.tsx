import { Alert, Button, Group, List, Modal, Stack, Text, Textarea } from '@mantine/core';
import { IconGitFork } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';
import { LinkButton, ProblemAlert, useDo } from '../../ui';
import type { Detail } from './queries';

/** Makes a draft of one's own from a workflow whose author allows it. */
export function ForkButton({ listing }: { listing: Detail }) {
  const t = useTranslations('workflows');
  const common = useTranslations('common');
  const [opened, setOpened] = useState(false);
  const [reason, setReason] = useState('');
  const [made, setMade] = useState<Schema<'ForkAnswer'>>();
  const fork = useDo({
    work: () => data(api.POST('/api/marketplace/{id}/fork', { params: { path: { id: listing.id } }, body: reason.trim() ? { reason: reason.trim() } : {} })),
    renews: [['marketplace'], ['developer']],
    quiet: true,
    done: setMade,
  });
  const close = () => {
    setOpened(false);
    setMade(undefined);
    fork.reset();
  };
  return (
    <>
      <Button variant="default" leftSection={<IconGitFork size={16} aria-hidden />} onClick={() => setOpened(true)}>
        {t('fork')}
      </Button>
      <Modal opened={opened} onClose={close} title={made ? t('forkedTitle', { name: made.name }) : t('forkTitle', { name: listing.name })}>
        {made ? (
          <Stack gap="md">
            <Text fz="sm">{t('forkedText', { files: Object.keys(made.files).length })}</Text>
            {made.warnings.length > 0 && (
              <Alert color="yellow" variant="light" title={t('forkWarnings')}>
                <List size="sm">
                  {made.warnings.map((warning, at) => (
                    <List.Item key={at}>{warning.message}</List.Item>
                  ))}
                </List>
              </Alert>
            )}
            <Group justify="flex-end" gap="sm">
              <Button variant="default" onClick={close}>
                {common('close')}
              </Button>
              <LinkButton to={`/app/developer/workflows/${made.workflow_id}` as string}>{t('forkOpen')}</LinkButton>
            </Group>
          </Stack>
        ) : (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              fork.mutate();
            }}
          >
            <Stack gap="md">
              <Text fz="sm">{t('forkText')}</Text>
              <Textarea label={t('forkReason')} description={t('forkReasonHint')} value={reason} onChange={(event) => setReason(event.currentTarget.value)} autosize minRows={2} maxLength={500} data-autofocus />
              {isProblem(fork.error, 'WORKFLOW_ID_TAKEN') ? (
                <Alert color="yellow" variant="light" role="alert" title={t('forkTaken')}>
                  <Text fz="sm">{t('forkTakenText')}</Text>
                </Alert>
              ) : (
                <ProblemAlert error={fork.error} />
              )}
              <Group justify="flex-end" gap="sm">
                <Button variant="default" onClick={close}>
                  {common('cancel')}
                </Button>
                <Button type="submit" loading={fork.isPending}>
                  {t('fork')}
                </Button>
              </Group>
            </Stack>
          </form>
        )}
      </Modal>
    </>
  );
}

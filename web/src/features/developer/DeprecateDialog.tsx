import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { useDo } from '../../ui';
import type { OwnVersion } from './queries';

/** Takes a version off the offer. */
export function DeprecateDialog({ id, version, onClose }: { id: string; version: OwnVersion | undefined; onClose: () => void }) {
  const t = useTranslations('developer.versions');
  return (
    <Modal opened={version !== undefined} onClose={onClose} title={t('deprecateTitle', { version: version?.version ?? '' })}>
      {version && <Deprecate id={id} version={version} onDone={onClose} />}
    </Modal>
  );
}

function Deprecate({ id, version, onDone }: { id: string; version: OwnVersion; onDone: () => void }) {
  const t = useTranslations('developer.versions');
  const c = useTranslations('common');
  const [reason, setReason] = useState('');
  const deprecate = useDo({
    work: () => data(api.POST('/api/developer/workflows/{id}/versions/{v}/deprecate', { params: { path: { id, v: version.id } }, body: reason.trim() ? { reason } : {} })),
    renews: [['developer'], ['marketplace']],
    says: t('deprecated', { version: version.version }),
    done: onDone,
  });
  return (
    <Stack>
      <Text fz="sm">{t('deprecateText')}</Text>
      <TextInput label={t('deprecateReason')} description={t('deprecateReasonHint')} maxLength={2000} data-autofocus value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onDone}>
          {c('cancel')}
        </Button>
        <Button color="red" loading={deprecate.isPending} onClick={() => deprecate.mutate()}>
          {t('deprecateDo')}
        </Button>
      </Group>
    </Stack>
  );
}

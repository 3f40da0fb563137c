import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { ProblemAlert, useDo } from '../../ui';
import { promotionOf } from './appForm';
import { appsQuery, place, type OAuthApp } from './queries';

/** Moves an app on: to testing by one's own word, to production by a review. */
export function PromoteDialog({ app, opened, onClose }: { app: OAuthApp; opened: boolean; onClose: () => void }) {
  const t = useTranslations('developer.oauthApps');
  return (
    <Modal opened={opened} onClose={onClose} title={t('promoteTitle', { provider: app.provider })}>
      {opened && <Promote app={app} onClose={onClose} />}
    </Modal>
  );
}

function Promote({ app, onClose }: { app: OAuthApp; onClose: () => void }) {
  const t = useTranslations('developer.oauthApps');
  const c = useTranslations('common');
  // Once it is promoted, the dialog is about to close: it keeps what it asked.
  const [target] = useState(() => promotionOf(app.status) ?? 'testing');
  const [why, setWhy] = useState('');
  const needs = target === 'pending_review';
  const promote = useDo({
    work: () => data(api.POST('/api/developer/oauth-apps/{provider}/promote', { params: place(app), body: { target_status: target, ...(needs && { justification: why }) } })),
    renews: [appsQuery.queryKey],
    says: t(`promoted.${target}`),
    done: onClose,
    quiet: true,
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!needs || why.trim() !== '') promote.mutate();
      }}
    >
      <Stack>
        <Text fz="sm">{needs ? t('toReviewText') : t('toTestingText')}</Text>
        {needs && <Textarea label={t('toReviewJustification')} description={t('toReviewNeeds')} required autosize minRows={3} data-autofocus value={why} onChange={(event) => setWhy(event.currentTarget.value)} />}
        <ProblemAlert error={promote.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {c('cancel')}
          </Button>
          <Button type="submit" loading={promote.isPending} data-autofocus={needs ? undefined : true}>
            {needs ? t('toReview') : t('toTesting')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

import { Button, Group, Modal, Stack, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { ProblemAlert, useDo } from '../../ui';
import type { Approval } from './queries';

export type Verdict = 'approve' | 'reject';

interface DecideProps {
  approval: Approval;
  verdict: Verdict;
  onClose: () => void;
  onDone: () => void;
}

/** Asks once more, and for a comment; then the run goes on. */
export function Decide({ approval, verdict, onClose, onDone }: DecideProps) {
  const t = useTranslations('approvals');
  const common = useTranslations('common');
  const [comment, setComment] = useState('');
  const decide = useDo({
    work: () => data(api.POST('/api/approvals/{id}/decide', { params: { path: { id: approval.id } }, body: { decision: verdict, ...(comment.trim() && { comment: comment.trim() }) } })),
    renews: [['approvals'], ['runs']],
    says: verdict === 'approve' ? t('approvedSaid') : t('rejectedSaid'),
    quiet: true,
    done: () => {
      onClose();
      onDone();
    },
  });
  return (
    <Modal opened onClose={onClose} title={verdict === 'approve' ? t('approveTitle', { title: approval.title }) : t('rejectTitle', { title: approval.title })}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          decide.mutate();
        }}
      >
        <Stack gap="md">
          <Textarea label={t('comment')} description={t('commentText')} placeholder={common('optional')} value={comment} onChange={(event) => setComment(event.currentTarget.value)} autosize minRows={2} data-autofocus />
          <ProblemAlert error={decide.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>{common('cancel')}</Button>
            <Button type="submit" color={verdict === 'reject' ? 'red' : undefined} loading={decide.isPending}>
              {verdict === 'approve' ? t('approve') : t('reject')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

import { Button, Group, List, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';
import { DataTable, Empty, Loaded, ProblemAlert, Section, Time, useDo } from '../../ui';
import { pendingQuery } from './queries';

type Waiting = Schema<'WaitingAnswer'>;

/** Versions that somebody wants to publish. */
export function Review() {
  const t = useTranslations('system');
  const query = useQuery(pendingQuery);
  const [rejecting, reject] = useState<Waiting>();
  const approve = useDo({
    work: ({ row, publish }: { row: Waiting; publish: boolean }) => data(api.POST('/api/developer/workflows/{id}/versions/{v}/approve', { params: { path: { id: row.listing.id, v: row.version.id } }, body: { publish } })),
    renews: [['system', 'pending']],
    says: (answer) => t('approved', { version: answer.version }),
  });
  const named = (action: string, row: Waiting) => t('ofVersion', { action, name: row.listing.name, version: row.version.version });
  return (
    <Section title={t('review')}>
      <Loaded query={query}>
        {(list) => (
          <DataTable
            label={t('review')}
            rows={list.data}
            id={(row) => row.version.id}
            empty={<Empty title={t('reviewNone')} text={t('reviewNoneText')} />}
            columns={[
              { key: 'name', title: t('workflow'), main: true, render: (row) => row.listing.name },
              { key: 'version', title: t('version'), render: (row) => row.version.version },
              { key: 'at', title: t('created'), render: (row) => <Time at={row.version.created_at} /> },
              {
                key: 'findings',
                title: t('findings'),
                render: (row) =>
                  row.warnings.length === 0 ? (
                    <Text fz="sm">{t('findingsNone')}</Text>
                  ) : (
                    <List size="sm">
                      {row.warnings.map((each) => (
                        <List.Item key={`${each.field} ${each.code}`}>{each.message}</List.Item>
                      ))}
                    </List>
                  ),
              },
              {
                key: 'do',
                title: '',
                align: 'right',
                render: (row) => (
                  <Group gap="xs" justify="flex-end">
                    <Button size="xs" loading={approve.isPending && approve.variables.row === row} aria-label={named(t('approvePublish'), row)} onClick={() => approve.mutate({ row, publish: true })}>
                      {t('approvePublish')}
                    </Button>
                    <Button size="xs" variant="default" aria-label={named(t('approve'), row)} onClick={() => approve.mutate({ row, publish: false })}>
                      {t('approve')}
                    </Button>
                    <Button size="xs" variant="default" aria-label={named(t('reject'), row)} onClick={() => reject(row)}>
                      {t('reject')}
                    </Button>
                  </Group>
                ),
              },
            ]}
          />
        )}
      </Loaded>
      {rejecting && <Reject row={rejecting} onClose={() => reject(undefined)} />}
    </Section>
  );
}

function Reject({ row, onClose }: { row: Waiting; onClose: () => void }) {
  const t = useTranslations('system');
  const common = useTranslations('common');
  const [reason, setReason] = useState('');
  const send = useDo({
    work: () => data(api.POST('/api/developer/workflows/{id}/versions/{v}/reject', { params: { path: { id: row.listing.id, v: row.version.id } }, body: { reason: reason.trim() || null } })),
    renews: [['system', 'pending']],
    says: (answer) => t('rejected', { version: answer.version }),
    quiet: true,
    done: onClose,
  });
  return (
    <Modal opened onClose={onClose} title={t('ofVersion', { action: t('reject'), name: row.listing.name, version: row.version.version })}>
      <Stack>
        <Text fz="sm">{t('rejectText')}</Text>
        <Textarea label={t('rejectReason')} data-autofocus autosize minRows={3} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
        {send.isError && <ProblemAlert error={send.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {common('cancel')}
          </Button>
          <Button color="red" loading={send.isPending} onClick={() => send.mutate()}>
            {t('reject')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

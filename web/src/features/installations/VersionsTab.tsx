import { Button, Group, List, Stack, Text, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';
import { Facts, Loaded, Section, StatusBadge, Time, useConfirm, useDo, useFormat } from '../../ui';
import type { Asking } from './answers';
import { renewed, useEdits } from './deeds';
import { OtherVersion } from './OtherVersion';
import { versionInfoQuery, type Installation } from './queries';
import { UpdateForm } from './UpdateForm';
import { VersionChanges } from './VersionChanges';

type Info = Schema<'VersionInfoAnswer'>;

/** Which version it has, is offered, stays on. */
export function VersionsTab({ installation, asking }: { installation: Installation; asking: Asking }) {
  const query = useQuery(versionInfoQuery(installation.id));
  return (
    <Loaded query={query}>
      {(info) => (
        <Stack gap="lg">
          <Offer installation={installation} info={info} asking={asking} />
          <Pin installation={installation} info={info} />
          {info.last_update && <LastUpdate update={info.last_update} />}
          <OtherVersion installation={installation} info={info} asking={asking} />
        </Stack>
      )}
    </Loaded>
  );
}

function Offer({ installation, info, asking }: { installation: Installation; info: Info; asking: Asking }) {
  const t = useTranslations('installation');
  const edits = useEdits(installation);
  const [updates, setUpdates] = useState(false);
  const offered = info.offered;
  if (!offered) {
    return (
      <Section title={t('current', { version: info.current.version })}>
        <Text fz="sm">{t('upToDate')}</Text>
      </Section>
    );
  }
  return (
    <Section
      title={t('offered', { version: offered.version })}
      description={t('offeredText')}
      actions={edits && <Button onClick={() => setUpdates(true)}>{t('update', { version: offered.version })}</Button>}
    >
      <Stack gap="md">
        <Text fz="sm">{t('current', { version: info.current.version })}</Text>
        <VersionChanges changelog={info.changelog} breaking={info.breaking} />
      </Stack>
      {updates && <UpdateForm installation={installation} info={info} version={offered.version} versionId={offered.version_id} asking={asking} onClose={() => setUpdates(false)} />}
    </Section>
  );
}

function Pin({ installation, info }: { installation: Installation; info: Info }) {
  const t = useTranslations('installation');
  const common = useTranslations('common');
  const format = useFormat();
  const edits = useEdits(installation);
  const confirm = useConfirm();
  const [asks, setAsks] = useState(false);
  const [reason, setReason] = useState('');
  const pin = useDo({
    work: (body: Schema<'PinRequest'>) => data(api.POST('/api/installations/{id}/pin-version', { params: { path: { id: installation.id } }, body })),
    renews: renewed(installation.id),
    says: (made) => (made.pinned ? t('pinSaid') : t('unpinned')),
    done: () => setAsks(false),
  });
  if (info.pinned) {
    return (
      <Section
        title={t('pinned', { version: info.current.version })}
        actions={edits && <Button variant="default" loading={pin.isPending} onClick={() => void confirm({ title: t('unpin'), text: t('unpinned'), action: t('unpin') }).then((yes) => yes && pin.mutate({ version_id: null }))}>{t('unpin')}</Button>}
      >
        <Text fz="sm">{t('pinnedText', { reason: info.pinned.reason, since: format.date(info.pinned.at) })}</Text>
      </Section>
    );
  }
  if (!edits) return null;
  return (
    <Section title={t('pin')} description={t('pinText')} actions={!asks && <Button variant="default" onClick={() => setAsks(true)}>{t('pin')}</Button>}>
      {asks && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            pin.mutate({ version_id: info.current.version_id, reason: reason.trim() });
          }}
        >
          <Stack gap="sm">
            <Textarea label={t('pinReason')} description={t('pinReasonMissing')} value={reason} onChange={(event) => setReason(event.currentTarget.value)} required autosize minRows={2} data-autofocus />
            <Group justify="flex-end">
              <Button variant="default" onClick={() => setAsks(false)}>{common('cancel')}</Button>
              <Button type="submit" loading={pin.isPending} disabled={!reason.trim()}>{t('pin')}</Button>
            </Group>
          </Stack>
        </form>
      )}
    </Section>
  );
}

function LastUpdate({ update }: { update: Schema<'UpdateAnswer'> }) {
  const t = useTranslations('installation');
  return (
    <Section title={t('lastUpdate')}>
      <Stack gap="sm">
        <Group gap="xs">
          <StatusBadge status={update.status} tone={update.status === 'moved' ? 'good' : update.status === 'failed' ? 'bad' : 'waiting'} />
          <Text fz="sm">{t(`update_${update.status}`)}</Text>
        </Group>
        {(update.code || update.message) && (
          <List fz="sm">
            <List.Item>{[update.code, update.message].filter(Boolean).join(': ')}</List.Item>
          </List>
        )}
        <Facts items={[[t('changedAt'), <Time key="at" at={update.at} />]]} />
      </Stack>
    </Section>
  );
}

import { Button, Checkbox, Group, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { Section, useDo } from '../../ui';
import { useMe } from '../identity/useMe';
import { PublishDialog } from './PublishDialog';
import { listingQuery, versionsQuery, type Listing, type OwnVersion } from './queries';
import { publishable } from './versionDeeds';

/** Where a workflow stands in the marketplace, and the way on from there. */
export function Publication({ listing, versions }: { listing: Listing; versions: readonly OwnVersion[] }) {
  const t = useTranslations('developer.listing');
  const { edits } = useMe();
  const [asked, ask] = useState<OwnVersion>();
  const [unpublishes, { open, close }] = useDisclosure(false);
  const next = publishable(versions);
  return (
    <Section
      title={t('publication')}
      actions={
        edits && (
          <>
            {listing.status !== 'draft' && (
              <Button variant="default" onClick={open}>
                {t('unpublish')}
              </Button>
            )}
            {next && <Button onClick={() => ask(next)}>{t('publish', { version: next.version })}</Button>}
          </>
        )
      }
    >
      <Stack gap="xs">
        <Standing listing={listing} versions={versions} />
      </Stack>
      <PublishDialog listing={listing} versions={versions} version={asked} onClose={() => ask(undefined)} />
      <Modal opened={unpublishes} onClose={close} title={t('unpublishTitle')}>
        <Unpublish id={listing.id} onDone={close} />
      </Modal>
    </Section>
  );
}

function Standing({ listing, versions }: { listing: Listing; versions: readonly OwnVersion[] }) {
  const t = useTranslations('developer.listing');
  const current = versions.find((version) => version.is_current);
  const newest = versions[0];
  if (!newest) return <Text>{t('neverDeployed')}</Text>;
  return (
    <>
      <Text>
        {listing.status === 'draft' && t('draftText')}
        {listing.status === 'published' && t('publishedText', { version: current?.version ?? '–' })}
        {listing.status === 'deprecated' && t('deprecatedText')}
      </Text>
      {newest.state === 'pending' && <Text>{t('pendingText', { version: newest.version })}</Text>}
      {newest.state === 'approved' && <Text>{t('approvedText', { version: newest.version })}</Text>}
      {newest.state === 'rejected' && <Text>{t('rejectedText', { version: newest.version, reason: newest.reason ?? t('noReason') })}</Text>}
      {newest.state === 'draft' && current && newest.number > current.number && <Text>{t('newerText', { version: newest.version })}</Text>}
    </>
  );
}

function Unpublish({ id, onDone }: { id: string; onDone: () => void }) {
  const t = useTranslations('developer.listing');
  const c = useTranslations('common');
  const [revokes, setRevokes] = useState(false);
  const unpublish = useDo({
    work: () => data(api.POST('/api/developer/workflows/{id}/unpublish', { params: { path: { id } }, body: { revoke_existing: revokes } })),
    renews: [listingQuery(id).queryKey, versionsQuery(id).queryKey, ['marketplace']],
    says: t('unpublished'),
    done: onDone,
  });
  return (
    <Stack>
      <Text fz="sm">{t('unpublishText')}</Text>
      <Checkbox label={t('revokeExisting')} checked={revokes} onChange={(event) => setRevokes(event.currentTarget.checked)} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onDone}>
          {c('cancel')}
        </Button>
        <Button color="red" loading={unpublish.isPending} onClick={() => unpublish.mutate()}>
          {t('unpublish')}
        </Button>
      </Group>
    </Stack>
  );
}

import { Button, Group, Modal, Radio, Stack, Text, TextInput } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import { timeZone } from '../../i18n';
import { ProblemAlert, useDo } from '../../ui';
import { freeName } from './listing';
import { installedQuery, type Detail } from './queries';

/** Installs a workflow under a name of its own, then goes on to the set-up. */
export function InstallButton({ listing, label, variant }: { listing: Detail; label?: string; variant?: 'default' }) {
  const t = useTranslations('workflows');
  const [opened, setOpened] = useState(false);
  return (
    <>
      <Button leftSection={<IconDownload size={16} aria-hidden />} onClick={() => setOpened(true)} {...(variant ? { variant } : {})}>
        {label ?? t('install')}
      </Button>
      <Modal opened={opened} onClose={() => setOpened(false)} title={t('installTitle', { name: listing.name })}>
        <InstallForm listing={listing} onCancel={() => setOpened(false)} />
      </Modal>
    </>
  );
}

type Source = 'system' | 'developer';

function InstallForm({ listing, onCancel }: { listing: Detail; onCancel: () => void }) {
  const t = useTranslations('workflows');
  const common = useTranslations('common');
  const navigate = useNavigate();
  const installed = useQuery(installedQuery(listing.id));
  const taken = installed.data?.data.map((each) => each.name) ?? [];
  const [typed, setTyped] = useState<string>();
  const [source, setSource] = useState<Source | undefined>(undefined);
  const name = typed ?? freeName(listing.name, taken);
  const install = useDo({
    work: () => data(api.POST('/api/installations', { body: { workflow: listing.id, name: name.trim(), timezone: timeZone, ...(source ? { credential_source: source } : {}) } })),
    renews: [['installations'], ['marketplace']],
    quiet: true,
    done: ({ id }) => void navigate({ to: '/app/installations/$id/setup', params: { id } }),
  });
  const nameTaken = isProblem(install.error, 'ALREADY_INSTALLED');
  const nameWrong = isProblem(install.error) ? install.error.fields.name : undefined;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        install.mutate();
      }}
    >
      <Stack gap="md">
        <TextInput
          label={t('instanceName')}
          description={taken.length > 0 ? t('instanceNameMore', { count: taken.length }) : t('instanceNameHint')}
          value={name}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            install.reset();
          }}
          error={nameTaken ? t('nameTaken') : nameWrong}
          maxLength={100}
          data-autofocus
        />
        {listing.credential_mode === 'hybrid' && (
          <Radio.Group label={t('sourceLabel')} description={t('sourceHint')} value={source ?? ''} onChange={(value) => setSource(value as Source)}>
            <Stack gap="xs" mt="xs">
              <Radio value="system" label={t('sourceSystem')} />
              <Radio value="developer" label={t('sourceDeveloper')} />
            </Stack>
          </Radio.Group>
        )}
        <Text fz="sm" c="dimmed">
          {t('installNext')}
        </Text>
        {!nameTaken && !nameWrong && <ProblemAlert error={install.error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onCancel}>
            {common('cancel')}
          </Button>
          <Button type="submit" loading={install.isPending} disabled={name.trim() === ''}>
            {t('install')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

import { Alert, Button, Menu, Stack, Switch, Text } from '@mantine/core';
import { IconChevronDown, IconKey } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { Empty, Loaded, Section } from '../../ui';
import { useMe } from '../identity/useMe';
import { GrantDialog } from './GrantDialog';
import { GrantTable } from './GrantTable';
import { kinds, type Kind } from './grantForm';
import { kindIcons } from './kindIcons';
import { grantsQuery } from './queries';

interface AccessTabProps {
  listing: Pick<Schema<'ListingAnswer'>, 'id' | 'status' | 'visibility'>;
  /** Whether revoked grants are shown, as the address says. */
  revoked: boolean;
  onRevoked: (shown: boolean) => void;
}

/** Who may find and install a private workflow. */
export function AccessTab({ listing, revoked, onRevoked }: AccessTabProps) {
  const t = useTranslations('developer.access');
  const { edits } = useMe();
  const [kind, ask] = useState<Kind>();
  const query = useInfiniteQuery(grantsQuery(listing.id, revoked));
  return (
    <Stack gap="lg">
      <Counts listing={listing} />
      <Section title={t('title')} description={t('text')} actions={edits && <GrantMenu onChoose={ask} />}>
        <Switch label={t('showRevoked')} checked={revoked} onChange={(event) => onRevoked(event.currentTarget.checked)} mb="md" />
        <Loaded query={query}>
          {({ pages }) => (
            <GrantTable
              workflow={listing.id}
              grants={pages.flatMap((page) => page.data)}
              empty={<Empty icon={<IconKey size={40} />} title={t('emptyTitle')} text={t('emptyText')} />}
              more={query.hasNextPage ? { load: () => void query.fetchNextPage(), loading: query.isFetchingNextPage } : undefined}
            />
          )}
        </Loaded>
      </Section>
      <GrantDialog workflow={listing.id} kind={kind} onClose={() => ask(undefined)} />
    </Stack>
  );
}

/** Says when grants do not count. */
function Counts({ listing }: { listing: AccessTabProps['listing'] }) {
  const t = useTranslations('developer.access');
  const text = listing.status === 'draft' ? t('draft') : listing.visibility === 'private' ? undefined : t('notPrivate', { visibility: listing.visibility });
  return text ? (
    <Alert color="blue" variant="light">
      {text}
    </Alert>
  ) : null;
}

function GrantMenu({ onChoose }: { onChoose: (kind: Kind) => void }) {
  const t = useTranslations('developer.access');
  return (
    <Menu position="bottom-end" width={320}>
      <Menu.Target>
        <Button rightSection={<IconChevronDown size={16} aria-hidden />}>{t('grant')}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {kinds.map((kind) => {
          const Icon = kindIcons[kind];
          return (
            <Menu.Item key={kind} leftSection={<Icon size={18} aria-hidden />} onClick={() => onChoose(kind)}>
              {t(`kinds.${kind}`)}
              <Text fz="xs" c="dimmed">
                {t(`kindHints.${kind}`)}
              </Text>
            </Menu.Item>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}

import { Group, Stack, Text, Tooltip } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { DataTable, Section, StatusBadge, Time, type Column } from '../../ui';
import { Changelog } from './Changelog';
import { Comparison } from './Comparison';
import { DeprecateDialog } from './DeprecateDialog';
import { StateBadge } from './ListingBadges';
import { PublishDialog } from './PublishDialog';
import type { Listing, OwnVersion } from './queries';
import type { TabName } from './tabs';
import { before, findVersion } from './versionDeeds';
import { VersionMenu } from './VersionMenu';

interface VersionsTabProps {
  listing: Listing;
  versions: readonly OwnVersion[];
  v: string | undefined;
  compared: string | undefined;
  go: (to: { tab?: TabName; v?: string | undefined; with?: string | undefined }) => void;
}

/** All versions of a workflow, what can be done with each, and what one breaks of another. */
export function VersionsTab({ listing, versions, v, compared, go }: VersionsTabProps) {
  const t = useTranslations('developer.versions');
  const [toPublish, publish] = useState<OwnVersion>();
  const [toDeprecate, deprecate] = useState<OwnVersion>();
  const columns: Array<Column<OwnVersion>> = [
    { key: 'version', title: t('version'), main: true, render: (row) => <Named version={row} /> },
    { key: 'state', title: t('state'), render: (row) => <Standing version={row} /> },
    { key: 'notes', title: t('notes'), render: (row) => <Notes version={row} /> },
    { key: 'created', title: t('created'), render: (row) => <Time at={row.created_at} /> },
    { key: 'published', title: t('published'), render: (row) => (row.published_at ? <Time at={row.published_at} /> : <Text span inherit c="dimmed">{t('notPublished')}</Text>) },
    {
      key: 'deeds',
      title: '',
      align: 'right',
      width: 48,
      render: (row) => <VersionMenu id={listing.id} version={row} versions={versions} onPublish={() => publish(row)} onDeprecate={() => deprecate(row)} />,
    },
  ];
  const newer = findVersion(v, versions) ?? versions[0];
  const older = findVersion(compared, versions) ?? (newer && (before(newer, versions) ?? versions.find((each) => each.id !== newer.id)));
  return (
    <Stack gap="lg">
      <Section title={t('title')} description={t('text')}>
        <DataTable label={t('title')} rows={versions} columns={columns} id={(row) => row.id} />
      </Section>
      {newer && older ? (
        <Comparison id={listing.id} versions={versions} newer={newer} older={older} choose={({ v: to, with: from }) => go({ v: to, with: from })} />
      ) : (
        <Section title={t('compare')} description={t('one')}>
          {null}
        </Section>
      )}
      <Changelog id={listing.id} />
      <PublishDialog listing={listing} versions={versions} version={toPublish} onClose={() => publish(undefined)} />
      <DeprecateDialog id={listing.id} version={toDeprecate} onClose={() => deprecate(undefined)} />
    </Stack>
  );
}

function Named({ version }: { version: OwnVersion }) {
  const t = useTranslations('developer.versions');
  return (
    <Stack gap={0}>
      <Text span fw={600} fz="sm" className="tabular">
        {version.version}
      </Text>
      <Text span fz="xs" c="dimmed">
        {t('number', { number: version.number })}
        {typeof version.restored_from === 'number' && ` · ${t('restoredFrom', { number: version.restored_from })}`}
      </Text>
    </Stack>
  );
}

function Standing({ version }: { version: OwnVersion }) {
  const t = useTranslations('developer.versions');
  return (
    <Stack gap={4} align="flex-start">
      <Group gap={6}>
        <StateBadge state={version.state} />
        {version.is_current && <StatusBadge status="current" tone="good" label={t('current')} />}
        {version.is_breaking && (
          <Tooltip label={t('breakingHint', { text: version.breaking_description ?? '' })} multiline maw={400} disabled={!version.breaking_description}>
            {/* A tooltip opens for the keyboard, too. */}
            <span tabIndex={version.breaking_description ? 0 : undefined}>
              <StatusBadge status="breaking" tone="bad" label={t('breaking')} />
            </span>
          </Tooltip>
        )}
      </Group>
      {version.reason && <Text fz="xs">{t('reason', { reason: version.reason })}</Text>}
    </Stack>
  );
}

function Notes({ version }: { version: OwnVersion }) {
  const t = useTranslations('developer.versions');
  if (!version.notes) return <Text span inherit c="dimmed">{t('noNotes')}</Text>;
  return (
    <Text span inherit lineClamp={3} maw={420} style={{ whiteSpace: 'pre-line', overflowWrap: 'anywhere' }}>
      {version.notes}
    </Text>
  );
}

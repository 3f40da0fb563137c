import { Alert, Anchor, Card, Grid, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { Facts, LinkButton, Loaded, Page, PageSkeleton, ProblemAlert, Section, StatusBadge, Time, useFormat } from '../../ui';
import { useMe } from '../identity/useMe';
import { Capabilities } from './Capabilities';
import { Changelog } from './Changelog';
import { Denied } from './Denied';
import { ForkButton } from './ForkButton';
import { InstallButton } from './InstallButton';
import { Installed } from './Installed';
import { Lineage } from './Lineage';
import { links } from './listing';
import { Price } from './Price';
import { accessQuery, detailQuery, type Detail } from './queries';
import { WorkflowIcon } from './WorkflowIcon';

/** A workflow before it is installed: what it does, what it may do, what it costs, whose it is. */
export function DetailPage({ id }: { id: string }) {
  const query = useQuery(detailQuery(id));
  return (
    <Loaded query={query} skeleton={<PageSkeleton />}>
      {(listing) => <Shown listing={listing} />}
    </Loaded>
  );
}

function Shown({ listing }: { listing: Detail }) {
  const t = useTranslations('workflows');
  const { edits } = useMe();
  return (
    <Page
      title={listing.name}
      trail={[{ label: t('title'), href: '/app/workflows?view=marketplace' }]}
      badge={
        <>
          {listing.status !== 'published' && <StatusBadge status={listing.status} label={t(listing.status)} />}
          {listing.visibility !== 'public' && <StatusBadge status={listing.visibility} tone="idle" label={t(listing.visibility)} />}
        </>
      }
      description={listing.tagline || undefined}
      actions={listing.forkable && edits && !listing.mine ? <ForkButton listing={listing} /> : undefined}
    >
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 4 }} order={{ base: 1, md: 2 }}>
          <Aside listing={listing} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 8 }} order={{ base: 2, md: 1 }}>
          <Stack gap="lg">
            <Section title={t('about')}>
              <Text style={{ whiteSpace: 'pre-line', overflowWrap: 'anywhere' }}>{listing.description || t('noDescription')}</Text>
              <Pages details={listing.details} />
            </Section>
            {listing.capabilities && (
              <Section title={t('capabilities')} description={t('capabilitiesText')}>
                <Capabilities capabilities={listing.capabilities} />
              </Section>
            )}
            <Section title={t('changelog')}>
              <Changelog entries={listing.changelog} />
            </Section>
            <Section title={t('lineage')}>
              <Lineage listing={listing} />
            </Section>
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  );
}

/** What one decides by: price, access, the button. Seen first on a phone. */
export function Aside({ listing }: { listing: Detail }) {
  const t = useTranslations('workflows');
  const format = useFormat();
  return (
    <Card withBorder padding="lg">
      <Stack gap="md">
        <Group gap="sm" wrap="nowrap">
          <WorkflowIcon icon={listing.icon} name={listing.name} size={52} />
          <Text fw={700} fz="lg">
            <Price pricing={listing.pricing} />
          </Text>
        </Group>
        <Access listing={listing} />
        <Installed workflowId={listing.id} />
        <Facts
          cols={1}
          items={[
            [t('madeBy'), listing.mine ? t('yourWorkspace') : (author(listing.details) ?? listing.developer_id)],
            [t('version'), listing.version ? t('versionOf', { version: listing.version.version }) : undefined],
            [t('published'), listing.published_at ? <Time at={listing.published_at} /> : undefined],
            [t('updated'), <Time at={listing.updated_at} />],
            [t('installsLabel'), format.number(listing.installs)],
            [t('category'), listing.category],
            [t('tags'), listing.tags.join(', ')],
            [t('licence'), listing.license],
            [t('size'), listing.complexity_tier ? t(listing.complexity_tier === 'heavy' ? 'heavy' : 'light') : undefined],
          ]}
        />
        <Group gap="xs">
          <LinkButton to={`/app/analytics/${listing.id}` as string} variant="default" size="xs">
            {t('analytics')}
          </LinkButton>
          {listing.mine && (
            <>
              <LinkButton to={`/app/developer/workflows/${listing.id}?tab=alerts` as string} variant="default" size="xs">
                {t('alerts')}
              </LinkButton>
              <LinkButton to={`/app/developer/workflows/${listing.id}` as string} variant="default" size="xs">
                {t('develop')}
              </LinkButton>
            </>
          )}
        </Group>
      </Stack>
    </Card>
  );
}

/** Whether the person may install it: the button, or why there is none. */
function Access({ listing }: { listing: Detail }) {
  const t = useTranslations('workflows');
  const { edits, me } = useMe();
  const query = useQuery(accessQuery(listing.id));
  const access = query.data;
  if (!access) return query.isError ? <ProblemAlert error={query.error} onRetry={() => void query.refetch()} /> : <Skeleton height={36} />;
  if (!access.has_access) return <Denied id={listing.id} access={access} email={me.email ?? undefined} onOpen={() => void query.refetch()} />;
  const byoo = providers(access.byoo);
  return (
    <Stack gap="xs">
      {access.via && access.via !== 'public' && (
        <Text fz="sm" c="dimmed">
          {t(`via_${access.via}`)}
        </Text>
      )}
      {listing.status === 'deprecated' && (
        <Alert color="yellow" variant="light" title={t('deprecatedTitle')}>
          <Text fz="sm">{t('deprecatedText')}</Text>
        </Alert>
      )}
      {edits ? (
        <InstallButton listing={listing} />
      ) : (
        <Text fz="sm">{t('mayNotInstall')}</Text>
      )}
      {byoo.length > 0 && (
        <Text fz="sm" c="dimmed">
          {t('bringsOwn', { services: byoo.join(', ') })}
        </Text>
      )}
    </Stack>
  );
}

function Pages({ details }: { details: unknown }) {
  const t = useTranslations('workflows');
  const found = links(details).filter(({ key }) => key in pageNames);
  if (found.length === 0) return null;
  return (
    <Group gap="md" mt="md">
      {found.map(({ key, url }) => (
        <Anchor key={key} href={url} target="_blank" rel="noreferrer" fz="sm">
          {t(pageNames[key]!)}
        </Anchor>
      ))}
    </Group>
  );
}

const pageNames: Record<string, 'pageVideo' | 'pageDashboard' | 'pageAnalytics' | 'pageSetup' | 'pageDocs' | 'pageSupport'> = {
  videoUrl: 'pageVideo', dashboardUrl: 'pageDashboard', analyticsUrl: 'pageAnalytics', setupUrl: 'pageSetup', documentationUrl: 'pageDocs', supportUrl: 'pageSupport',
};

function author(details: unknown): string | undefined {
  const said = typeof details === 'object' && details !== null && 'author' in details ? details.author : undefined;
  if (typeof said === 'string') return said;
  return typeof said === 'object' && said !== null && 'name' in said && typeof said.name === 'string' ? said.name : undefined;
}

function providers(byoo: unknown): string[] {
  const said = typeof byoo === 'object' && byoo !== null && 'providers' in byoo ? byoo.providers : undefined;
  return Array.isArray(said) ? said.filter((each): each is string => typeof each === 'string') : [];
}

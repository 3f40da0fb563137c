import { Badge, Card, Group, Stack, Text, Title } from '@mantine/core';
import { IconDownload, IconStar } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import { StatusBadge, TextLink, useFormat } from '../../ui';
import { serviceName } from './listing';
import { Price } from './Price';
import type { Listing } from './queries';
import { WorkflowIcon } from './WorkflowIcon';
import classes from './WorkflowCard.module.css';

/** Services that a card names; the rest is counted. */
const NAMED = 3;

/** One workflow among many. The whole card leads to it. */
export function WorkflowCard({ listing, level, note }: { listing: Listing; level: 2 | 3; note?: ReactNode }) {
  const t = useTranslations('workflows');
  const format = useFormat();
  const services = listing.services.filter((service) => !['ai', 'workers-ai', 'workersAi'].includes(service));
  return (
    <Card withBorder padding="md" component="article" className={classes.card}>
      <Stack gap="xs" h="100%">
        <Group gap="sm" wrap="nowrap" align="flex-start">
          <WorkflowIcon icon={listing.icon} name={listing.name} />
          <div style={{ minWidth: 0, flex: 1 }}>
            <Title order={level} size="h3" lh={1.3} style={{ overflowWrap: 'anywhere' }}>
              <TextLink to="/app/workflows/$id" params={{ id: listing.slug }} c="inherit" fw={600} underline="never" className={classes.link!}>
                {listing.name}
              </TextLink>
            </Title>
            {listing.category && (
              <Text fz="xs" c="dimmed">
                {listing.category}
              </Text>
            )}
          </div>
          {listing.featured && (
            <Group gap={4} wrap="nowrap" fz="xs">
              <IconStar size={14} aria-hidden />
              {t('featured')}
            </Group>
          )}
        </Group>
        <Text fz="sm" lineClamp={2} style={{ flex: 1 }}>
          {listing.tagline || listing.description || t('noDescription')}
        </Text>
        <Group gap={6}>
          {services.slice(0, NAMED).map((service) => (
            <Badge key={service} variant="default" tt="none" fw={500}>
              {serviceName(service)}
            </Badge>
          ))}
          {services.length > NAMED && (
            <Text fz="xs" c="dimmed">
              {t('andMore', { count: services.length - NAMED })}
            </Text>
          )}
          {listing.visibility !== 'public' && <StatusBadge status={listing.visibility} tone="idle" label={t(listing.visibility)} />}
          {listing.status !== 'published' && <StatusBadge status={listing.status} label={t(listing.status)} />}
        </Group>
        {note && <Text fz="xs">{note}</Text>}
        <Group justify="space-between" gap="xs" fz="sm">
          <Text span fz="sm" fw={600}>
            <Price pricing={listing.pricing} />
          </Text>
          <Text span fz="sm" c="dimmed" title={t('installsTitle')}>
            <IconDownload size={14} aria-hidden style={{ verticalAlign: '-2px', marginInlineEnd: 4 }} />
            {t('installs', { count: listing.installs, shown: format.number(listing.installs) })}
          </Text>
        </Group>
      </Stack>
    </Card>
  );
}

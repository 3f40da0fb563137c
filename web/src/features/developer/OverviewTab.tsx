import { Alert, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconCoins } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { CopyField, Facts, Section, TextLink, Time, useFormat } from '../../ui';
import { useMe } from '../identity/useMe';
import { ListingForm } from './ListingForm';
import { Publication } from './Publication';
import { profileQuery, type Listing, type OwnVersion } from './queries';
import { RegisterButton } from './Register';

/** The listing of a workflow: where it stands, what people read, where it is found. */
export function OverviewTab({ listing, versions }: { listing: Listing; versions: readonly OwnVersion[] }) {
  const t = useTranslations('developer.listing');
  return (
    <Stack gap="lg">
      <Unregistered listing={listing} />
      <Publication listing={listing} versions={versions} />
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg" style={{ alignItems: 'start' }}>
        <Section title={t('listing')} description={t('listingText')}>
          {/* What the server says anew is what the form begins with. */}
          <ListingForm key={listing.updated_at} listing={listing} />
        </Section>
        <Stack gap="lg">
          <Stated listing={listing} />
          <Share listing={listing} />
        </Stack>
      </SimpleGrid>
    </Stack>
  );
}

/** Whoever asks money for a workflow wants to be paid. */
function Unregistered({ listing }: { listing: Listing }) {
  const t = useTranslations('developer.listing');
  const { manages } = useMe();
  const isPriced = listing.pricing.model !== 'free';
  const { data: profile } = useQuery({ ...profileQuery, enabled: manages && isPriced });
  if (!isPriced || !profile || profile.is_registered) return null;
  return (
    <Alert styles={{ title: { color: 'var(--mantine-color-text)' } }} color="yellow" variant="light" icon={<IconCoins size={20} aria-hidden />} title={t('pricedTitle')}>
      <Stack gap="xs" align="flex-start">
        <Text fz="sm">{t('pricedText')}</Text>
        <RegisterButton />
      </Stack>
    </Alert>
  );
}

function Stated({ listing }: { listing: Listing }) {
  const t = useTranslations('developer.listing');
  const c = useTranslations('common');
  return (
    <Section title={t('stated')} description={t('statedText')}>
      <Facts
        cols={2}
        items={[
          [c('name'), listing.name],
          [t('tags'), listing.tags.join(', ') || t('noTags')],
          [t('pricing'), <Price key="price" listing={listing} />],
          [t('services'), listing.services.join(', ') || t('noServices')],
          [t('installs'), String(listing.installs)],
          [t('firstPublished'), listing.published_at && <Time key="published" at={listing.published_at} />],
          [t('license'), listing.license],
          [t('forkable'), listing.forkable ? c('yes') : c('no')],
          [t('forkOf'), listing.lineage.parent?.name],
          [t('forks'), listing.lineage.forks_count > 0 ? String(listing.lineage.forks_count) : undefined],
        ]}
      />
    </Section>
  );
}

function Price({ listing }: { listing: Listing }) {
  const t = useTranslations('developer.listing');
  const format = useFormat();
  const { model, amount_cents: cents, currency } = listing.pricing;
  const name = t.has(`pricingModels.${model as 'free'}`) ? t(`pricingModels.${model as 'free'}`) : model;
  if (cents === 0) return <>{name}</>;
  return <>{t(model === 'subscription' || model === 'freemium' ? 'perMonth' : 'once', { model: name, amount: format.money(cents, currency) })}</>;
}

function Share({ listing }: { listing: Listing }) {
  const t = useTranslations('developer.listing');
  const isPrivate = listing.visibility === 'private';
  return (
    <Section title={t('share')} description={t('shareText')}>
      <Stack gap="sm">
        <CopyField label={t('page')} value={listing.install_url} />
        {isPrivate ? (
          <>
            <CopyField label={t('configure')} value={`${listing.install_url}/configure`} />
            <CopyField label={t('analyticsPage')} value={`${listing.install_url}/analytics`} />
            <CopyField label={t('logsPage')} value={`${listing.install_url}/logs`} />
            <Text fz="sm">
              {t('privateNote')}{' '}
              <TextLink to="/app/developer/workflows/$id" params={{ id: listing.id }} search={{ tab: 'access' }} fz="sm">
                {t('makeCode')}
              </TextLink>
            </Text>
          </>
        ) : (
          <CopyField label={t('analyticsPage')} value={`${listing.install_url}/analytics`} />
        )}
      </Stack>
    </Section>
  );
}

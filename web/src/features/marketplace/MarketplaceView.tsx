import { Button, Group, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslations } from 'use-intl';

import { Empty } from '../../ui';
import { CardGrid } from './CardGrid';
import { facets, priceKind, priceKinds, serviceName, type PriceKind } from './listing';
import { listingsQuery, sorts, type Sort, type Wanted } from './queries';

export interface MarketplaceSearch extends Wanted {
  price?: PriceKind | undefined;
}

/** Milliseconds of rest before what was typed is looked for. */
const REST = 250;

/** What everybody finds: searched as one types, narrowed down, sorted. All of it stands in the address. */
export function MarketplaceView({ search, onSearch }: { search: MarketplaceSearch; onSearch: (change: Partial<MarketplaceSearch>) => void }) {
  const t = useTranslations('workflows');
  const query = useInfiniteQuery(listingsQuery(search));
  // Filters offer what there is without them, so that one choice does not hide the others.
  const whole = useInfiniteQuery(listingsQuery({}));
  const offered = useMemo(() => facets([...(whole.data?.pages ?? []), ...(query.data?.pages ?? [])].flatMap((page) => page.data)), [whole.data, query.data]);
  const isNarrowed = Boolean(search.q || search.category || search.service || search.price);
  const clear = () => onSearch({ q: undefined, category: undefined, service: undefined, price: undefined });
  const options = (values: readonly string[], chosen: string | undefined, label: (value: string) => string = (value) => value) =>
    (chosen && !values.includes(chosen) ? [chosen, ...values] : values).map((value) => ({ value, label: label(value) }));
  const clearing = (label: string) => ({ clearable: true, clearButtonProps: { 'aria-label': t('clearFilter', { label }) } });
  return (
    <>
      <Group gap="sm" align="flex-end" role="search">
        <SearchField q={search.q ?? ''} onQ={(q) => onSearch({ q: q || undefined })} />
        <Select label={t('category')} placeholder={t('any')} data={options(offered.categories, search.category)} value={search.category ?? null} onChange={(value) => onSearch({ category: value ?? undefined })} searchable w={170} {...clearing(t('category'))} />
        <Select label={t('service')} placeholder={t('any')} data={options(offered.services, search.service, serviceName)} value={search.service ?? null} onChange={(value) => onSearch({ service: value ?? undefined })} searchable w={170} {...clearing(t('service'))} />
        <Select label={t('price')} placeholder={t('any')} data={priceKinds.map((value) => ({ value, label: t(`price_${value as 'free' | 'usage' | 'monthly' | 'once'}`) }))} value={search.price ?? null} onChange={(value) => onSearch({ price: (value as PriceKind | null) ?? undefined })} w={150} {...clearing(t('price'))} />
        <Select label={t('sort')} data={sorts.map((value) => ({ value, label: t(`sort_${value}`) }))} value={search.sort ?? 'relevance'} onChange={(value) => onSearch({ sort: value === 'relevance' ? undefined : (value as Sort) })} allowDeselect={false} w={170} />
      </Group>
      <CardGrid
        query={query}
        {...(search.price ? { keep: (listing) => priceKind(listing.pricing) === search.price } : {})}
        empty={
          isNarrowed ? (
            <Empty icon={<IconSearch size={28} />} title={t('nothingFound')} text={t('nothingFoundText')} action={<Button variant="default" onClick={clear}>{t('clearFilters')}</Button>} />
          ) : (
            <Empty icon={<IconSearch size={28} />} title={t('marketplaceEmpty')} text={t('marketplaceEmptyText')} />
          )
        }
      />
    </>
  );
}

/** What is typed is the reader's own; the address follows after a rest, and leads when somebody goes back. */
function SearchField({ q, onQ }: { q: string; onQ: (q: string) => void }) {
  const t = useTranslations('workflows');
  const [typed, setTyped] = useState(q);
  const sent = useRef(q);
  useEffect(() => {
    if (q !== sent.current) {
      sent.current = q;
      setTyped(q);
    }
  }, [q]);
  const send = useDebouncedCallback((next: string) => {
    sent.current = next;
    onQ(next);
  }, REST);
  return (
    <TextInput
      label={t('search')}
      placeholder={t('searchHint')}
      type="search"
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        send(event.currentTarget.value.trim());
      }}
      leftSection={<IconSearch size={16} aria-hidden />}
      style={{ flex: '1 1 240px' }}
    />
  );
}

import { List, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { TextLink } from '../../ui';
import { lineageQuery, type Detail } from './queries';

/** Whose work it is made from, and what was made of it. */
export function Lineage({ listing }: { listing: Detail }) {
  const t = useTranslations('workflows');
  const { lineage } = listing;
  const made = useQuery({ ...lineageQuery(listing.id), enabled: lineage.forks_count > 0 });
  return (
    <Stack gap="sm">
      {lineage.depth === 0 ? (
        <Text fz="sm">{t('isOriginal')}</Text>
      ) : (
        <>
          {lineage.parent && (
            <Text fz="sm">
              {t.rich('forkOf', { name: () => <Ancestor of={lineage.parent!} />, version: lineage.parent_version ?? '' })}
            </Text>
          )}
          {lineage.original && lineage.depth > 1 && <Text fz="sm">{t.rich('originally', { name: () => <Ancestor of={lineage.original!} /> })}</Text>}
          {lineage.reason && (
            <Text fz="sm" c="dimmed">
              {t('forkedBecause', { reason: lineage.reason })}
            </Text>
          )}
        </>
      )}
      {lineage.forks_count > 0 && (
        <div>
          <Text fz="sm">{t('forks', { count: lineage.forks_count })}</Text>
          <List size="sm" mt={4}>
            {made.data?.forks.map((fork) => (
              <List.Item key={fork.id}>
                <TextLink to="/app/workflows/$id" params={{ id: fork.slug }}>
                  {fork.name}
                </TextLink>
              </List.Item>
            ))}
          </List>
        </div>
      )}
    </Stack>
  );
}

function Ancestor({ of }: { of: Schema<'AncestorAnswer'> }) {
  return of.slug ? (
    <TextLink to="/app/workflows/$id" params={{ id: of.slug }}>
      {of.name}
    </TextLink>
  ) : (
    <>{of.name}</>
  );
}

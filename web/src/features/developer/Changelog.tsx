import { Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { Loaded, Section, StatusBadge, TableSkeleton, Time } from '../../ui';
import { changelogQuery } from './queries';

/** What people are told about each version. */
export function Changelog({ id }: { id: string }) {
  const t = useTranslations('developer.versions');
  const query = useQuery(changelogQuery(id));
  return (
    <Section title={t('changelog')} description={t('changelogText')}>
      <Loaded query={query} skeleton={<TableSkeleton rows={2} />}>
        {({ data }) =>
          data.length === 0 ? (
            <Text fz="sm">{t('changelogEmpty')}</Text>
          ) : (
            <Stack gap="md">
              {data.map((each) => (
                <div key={each.version}>
                  <Group gap="sm" mb={4}>
                    <Title order={3} size="sm" className="tabular">
                      {each.version}
                    </Title>
                    {each.is_breaking && <StatusBadge status="breaking" tone="bad" label={t('breaking')} />}
                    {each.published_at && (
                      <Text span fz="sm" c="dimmed">
                        <Time at={each.published_at} />
                      </Text>
                    )}
                  </Group>
                  <ul style={{ margin: 0, paddingInlineStart: 20 }} aria-label={t('changes', { version: each.version })}>
                    {each.changes.map((change, place) => (
                      <Text component="li" fz="sm" key={place} style={{ overflowWrap: 'anywhere' }}>
                        {change}
                      </Text>
                    ))}
                  </ul>
                </div>
              ))}
            </Stack>
          )
        }
      </Loaded>
    </Section>
  );
}

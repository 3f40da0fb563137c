import { Group, Progress, SimpleGrid, Text } from '@mantine/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { locale } from '../../i18n';
import { Loaded, Section, StatusBadge, useFormat } from '../../ui';
import { bytes, share } from './share';

const quotasQuery = queryOptions({ queryKey: ['quotas'], queryFn: () => data(api.GET('/api/tenants/current/quotas')), refetchInterval: 30_000 });

/** Which use belongs to which limit; the others are speeds, of which nothing is used up. */
const used = { concurrent_runs: 'running', queued_runs: 'queued', stored_bytes: 'stored_bytes', run_bytes: 'run_bytes' } as const;
const names = ['concurrent_runs', 'queued_runs', 'stored_bytes', 'run_bytes', 'runs_per_minute', 'webhooks_per_minute', 'log_lines_per_run'] as const;

/** What the workspace may use at most, and what it uses. */
export function Quotas() {
  const t = useTranslations('settings.billing');
  const format = useFormat();
  const query = useQuery(quotasQuery);
  return (
    <Section title={t('quotas')} description={t('quotasText')}>
      <Loaded query={query}>
        {({ limits, usage }) => (
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg">
            {names.map((name) => {
              const limit = limits[name];
              const write = (value: number) => (name.endsWith('bytes') ? bytes(value, locale) : format.number(value));
              const use = name in used ? usage[used[name as keyof typeof used]] : undefined;
              const full = use !== undefined && typeof limit === 'number' ? share(use, limit) : undefined;
              return (
                <div key={name}>
                  <Group justify="space-between" gap="xs">
                    <Text fz="sm">
                      {t(`limits.${name}`)}
                    </Text>
                    <Group gap="xs">
                      {full && full.state !== 'fine' && <StatusBadge status={full.state} tone={full.state === 'full' ? 'bad' : 'waiting'} label={t(full.state)} />}
                      <Text fz="sm" fw={550} className="tabular">
                        {use !== undefined && typeof limit === 'number' ? t('of', { used: write(use), limit: write(limit) }) : use !== undefined ? write(use) : typeof limit === 'number' ? write(limit) : t('unlimited')}
                      </Text>
                    </Group>
                  </Group>
                  {full && <Progress value={full.part * 100} mt={6} color={full.state === 'full' ? 'red' : full.state === 'nearly' ? 'yellow' : 'river'} aria-label={t(`limits.${name}`)} />}
                </div>
              );
            })}
          </SimpleGrid>
        )}
      </Loaded>
    </Section>
  );
}

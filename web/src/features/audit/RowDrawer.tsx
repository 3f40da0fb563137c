import { Button, Drawer, Group, Stack, Text, Title } from '@mantine/core';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { CopyField, Facts, JsonTree, StatusBadge, Time } from '../../ui';
import type { AuditSearch } from './search';

type Row = Schema<'AuditRow'>;

/** Everything that a row says, and the way to what else was done by the same hand, to the same thing, with the same request. */
export function RowDrawer({ row, actor, onClose, onSearch }: { row: Row; actor: string; onClose: () => void; onSearch: (search: AuditSearch) => void }) {
  const t = useTranslations('settings.audit');
  const personal = Object.entries(row.personal);
  const follow = (search: AuditSearch) => {
    onClose();
    onSearch(search);
  };
  return (
    <Drawer opened onClose={onClose} position="right" size="lg" title={t('details', { seq: row.seq })}>
      <Stack>
        <Facts
          cols={2}
          items={[
            [t('action'), row.action],
            [t('outcome'), <StatusBadge key="outcome" status={row.outcome} {...toneOf(row.outcome)} />],
            [t('at'), <Time key="at" at={row.at} exact />],
            [t('actor'), actor],
            [t('session'), row.actor.session_id],
            [t('person'), row.person_id],
            [t('resource'), `${row.resource.type} ${row.resource.id}`],
            [t('request'), row.request_id],
          ]}
        />
        {personal.length > 0 && (
          <section>
            <Title order={3} mb={4}>
              {t('personal')}
            </Title>
            <Facts cols={2} items={personal.map(([name, value]) => [name, value ?? <Text key={name} span fs="italic">{t('erased')}</Text>])} />
          </section>
        )}
        <section>
          <Title order={3} mb={4}>
            {t('facts')}
          </Title>
          <JsonTree value={row.metadata} />
        </section>
        <CopyField label={t('hash')} value={row.hash} />
        <Group gap="xs">
          {row.actor.id && (
            <Button variant="default" size="xs" onClick={() => follow({ actor: row.actor.id ?? '' })}>
              {t('onlyActor')}
            </Button>
          )}
          <Button variant="default" size="xs" onClick={() => follow({ resource_type: row.resource.type, resource_id: row.resource.id })}>
            {t('onlyResource')}
          </Button>
          {row.request_id && (
            <Button variant="default" size="xs" onClick={() => follow({ request_id: row.request_id ?? '' })}>
              {t('onlyRequest')}
            </Button>
          )}
        </Group>
      </Stack>
    </Drawer>
  );
}

export function toneOf(outcome: string): { tone: 'good' | 'bad' | 'waiting' } {
  return { tone: outcome === 'success' ? 'good' : outcome === 'denied' ? 'waiting' : 'bad' };
}

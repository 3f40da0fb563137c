import { Button, Drawer, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import { CopyIcon, Facts, Loaded, Time } from '../../ui';
import { useNameOf } from '../identity/people';
import { useMe } from '../identity/useMe';
import { Health, Users } from './ConnectionsPage';
import { useReconnect, useRemove } from './deeds';
import { connectionQuery, connectorsQuery } from './queries';
import { titleOf } from './ways';

const kinds = ['oauth2', 'token', 'api_key', 'basic', 'server_to_server'] as const;

/** Everything that may be seen of one account. */
export function ConnectionDetail({ id, onClose }: { id: string; onClose: () => void }) {
  const t = useTranslations('connections');
  const { edits } = useMe();
  const query = useQuery(connectionQuery(id));
  const nameOf = useNameOf([query.data?.user_id]);
  const connectors = useQuery(connectorsQuery).data;
  const reconnect = useReconnect();
  const remove = useRemove();
  return (
    <Drawer opened onClose={onClose} title={query.data?.name ?? t('detail')} position="right" size="lg">
      <Loaded query={query}>
        {(connection) => {
          const kind = kinds.find((each) => each === connection.auth_kind);
          return (
            <Stack gap="lg">
              <Group justify="space-between">
                <Health connection={connection} />
                {edits && (
                  <Group gap="xs">
                    {connection.reconnect_url && <Button size="xs" loading={reconnect.isPending} onClick={() => reconnect.mutate(connection)}>{t('reconnectShort')}</Button>}
                    <Button size="xs" color="red" variant="outline" onClick={() => void remove(connection).then((gone) => gone && onClose())}>{t('removeAction')}</Button>
                  </Group>
                )}
              </Group>
              {connection.last_error && (
                <div>
                  <Text fz="sm" c="dimmed">{t('lastError')}</Text>
                  <Text fz="sm" style={{ overflowWrap: 'anywhere' }}>{connection.last_error}</Text>
                </div>
              )}
              <Facts
                cols={2}
                items={[
                  [t('service'), titleOf(connection.service, connectors)],
                  [t('account'), connection.account_label],
                  [t('id'), <Group key="i" gap={4} wrap="nowrap"><Text ff="monospace" fz="sm" style={{ overflowWrap: 'anywhere' }}>{connection.id}</Text><CopyIcon value={connection.id} label={t('id')} /></Group>],
                  [t('signsIn'), kind ? t(`kind_${kind}`) : connection.auth_kind],
                  [t('app'), t(`source_${connection.credential_source}`)],
                  [t('usedBy'), <Users key="u" connection={connection} />],
                  [t('madeBy'), connection.user_id ? nameOf(connection.user_id) : undefined],
                  [t('made'), <Time key="m" at={connection.created_at} />],
                  [t('changed'), <Time key="c" at={connection.updated_at} />],
                  [t('checked'), <Time key="h" at={connection.last_health_check_at} />],
                  [t('expires'), connection.expires_at ? <span key="e"><Time at={connection.expires_at} /> ({t('renewsItself')})</span> : undefined],
                  [t('scopes'), connection.scopes.join(', ')],
                  [t('fields'), connection.fields.join(', ')],
                  ...Object.entries(connection.public as Record<string, string>).map(([name, value]): [string, string] => [name, value]),
                ]}
              />
            </Stack>
          );
        }}
      </Loaded>
    </Drawer>
  );
}

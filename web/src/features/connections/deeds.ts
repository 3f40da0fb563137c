import { notifications } from '@mantine/notifications';
import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import { useConfirm, useDo } from '../../ui';
import type { Connection } from './queries';

/** Where a provider sends the browser back to. */
export const HERE = '/app/connections';

/** Connects an account again, keeping its id: installations go on with it. */
export function useReconnect() {
  const t = useTranslations('connections');
  return useDo({
    work: (connection: Connection) => data(api.GET('/api/oauth/{provider}/authorize', { params: { path: { provider: connection.service }, query: { connection: connection.id, return_to: HERE } } })),
    renews: [['connections']],
    done: (answer) => {
      if (answer.authorize_url) location.assign(answer.authorize_url);
      else notifications.show({ message: t('connected'), color: 'teal' });
    },
  });
}

/** Deletes an account, after saying who uses it. What the server refuses is said. */
export function useRemove(): (connection: Connection) => Promise<boolean> {
  const t = useTranslations('connections');
  const confirm = useConfirm();
  const remove = useDo({ work: (id: string) => api.DELETE('/api/connections/{id}', { params: { path: { id } } }), renews: [['connections'], ['installations']], says: t('removed') });
  return async (connection) => {
    const { count, installations } = connection.used_by;
    const rest = count - installations.length;
    const users = [...installations.map((user) => user.name), ...(rest > 0 ? [t('usedByMore', { count: rest })] : [])].join(', ');
    const used = count > 0 ? ` ${t('removeUsed', { users })}` : '';
    if (!(await confirm({ title: t('removeTitle', { name: connection.name }), text: `${t('removeText')}${used}`, action: t('removeAction'), danger: true }))) return false;
    return remove.mutateAsync(connection.id).then(
      () => true,
      () => false,
    );
  };
}

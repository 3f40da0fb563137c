import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';
import { useDo } from '../../ui';
import { useMe } from '../identity/useMe';
import type { Installation } from './queries';

/** Whether the person may change it. Of an uninstalled one the server changes nothing but what it stored. */
export function useEdits({ status }: Pick<Installation, 'status'>): boolean {
  const { edits } = useMe();
  return edits && status !== 'uninstalled';
}

/** Everything on the page that an installation's state is in. */
export const renewed = (id: string) => [['installations', id], ['installations'], ['runs', 'recent', id]];

/** Changes some of it; what is absent stays. */
export function useChange(id: string, says?: string) {
  return useDo<Schema<'ChangeRequest'>, Installation>({
    work: (body) => data(api.PATCH('/api/installations/{id}', { params: { path: { id } }, body })),
    renews: [...renewed(id), ['connections']],
    ...(says !== undefined && { says }),
  });
}

export function useActivate(id: string) {
  const t = useTranslations('installation');
  return useDo<void, Installation>({
    work: () => data(api.POST('/api/installations/{id}/activate', { params: { path: { id } } })),
    renews: renewed(id),
    says: (made) => (made.status === 'activating' ? t('activatingSaid') : t('activatedSaid')),
    quiet: true,
  });
}

export function usePause(id: string) {
  const t = useTranslations('installation');
  return useDo<void, Installation>({
    work: () => data(api.POST('/api/installations/{id}/pause', { params: { path: { id } } })),
    renews: renewed(id),
    says: t('pausedSaid'),
  });
}

import { useTranslations } from 'use-intl';

import { api, data } from '../../api/client';
import type { Schema } from '../../api/types';
import { useDo } from '../../ui';
import type { Installation } from './queries';

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

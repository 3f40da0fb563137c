import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';

import type { Schema } from '../../api/types';
import { useAllNamed, usePeople } from '../identity/people';
import { keyNamesQuery } from './queries';

type Row = Pick<Schema<'AuditRow'>, 'actor'>;

/** What those who act in these rows are called: people by name or address, keys by what they are for. Who is gone keeps the id. */
export function useActorName(rows: readonly Row[]): (row: Row) => string {
  const t = useTranslations('settings.audit');
  const people = usePeople(idsOf(rows, 'user'));
  const keys = useAllNamed(useInfiniteQuery(keyNamesQuery), idsOf(rows, 'api_key'));
  return ({ actor }) => {
    if (actor.type === 'system' || !actor.id) return t('system');
    if (actor.type === 'api_key') return t('apiKey', { name: keys?.get(actor.id) ?? actor.id });
    return people?.get(actor.id) ?? actor.id;
  };
}

function idsOf(rows: readonly Row[], type: string): string[] {
  return rows.flatMap(({ actor }) => (actor.type === type && actor.id ? [actor.id] : []));
}

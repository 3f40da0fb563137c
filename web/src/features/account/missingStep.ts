import { useQuery } from '@tanstack/react-query';

import type { Schema } from '../../api/types';
import type { FactorStep } from '../../ui';
import { factorsQuery, passkeysQuery, sessionsQuery } from './queries';

/** What a session still needs for a workspace that asks for a second factor. */
export function missingStep(session: Pick<Schema<'SessionAnswer'>, 'second_factor'>, factors: number): FactorStep | 'nothing' {
  // What an organisation asked for counts without a factor here; what was shown of one that is gone counts no more.
  if (session.second_factor && (session.second_factor === 'sso' || factors > 0)) return 'nothing';
  return factors > 0 ? 'show' : 'add';
}

/** The same of the session at hand; undefined until it is known. */
export function useMissingStep(): FactorStep | 'nothing' | undefined {
  const session = useQuery(sessionsQuery).data?.data.find((each) => each.current);
  const apps = useQuery(factorsQuery).data?.data.length;
  const passkeys = useQuery(passkeysQuery).data?.data.length;
  return session === undefined || apps === undefined || passkeys === undefined ? undefined : missingStep(session, apps + passkeys);
}

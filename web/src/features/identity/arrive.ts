import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';

import { begin } from '../../api/session';
import type { Schema } from '../../api/types';
import { recallWay } from './comeBack';
import { safeReturn } from './guard';

type Arrived = Pick<Schema<'SignInAnswer'>, 'access_token' | 'expires_in' | 'next'>;

/** After signing in, whichever way: takes the session over, forgets what was shown to whoever was here before, and goes on. */
export function useArrive(): (answer: Arrived, to: string | undefined) => void {
  const queries = useQueryClient();
  const router = useRouter();
  return (answer, to) => {
    begin(answer);
    queries.clear();
    recallWay();
    // Going back from the app must not lead to a form that was sent.
    if (answer.next === 'workspace') router.history.replace(safeReturn(to));
    else void router.navigate({ to: answer.next === 'pick_workspace' ? '/app/pick-workspace' : '/app/create-workspace', search: to === undefined ? {} : { to }, replace: true });
  };
}

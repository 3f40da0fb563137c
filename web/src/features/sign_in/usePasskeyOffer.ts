import { useEffect, useRef } from 'react';

import { api, data } from '../../api/client';
import { isProblem } from '../../api/problem';
import type { Schema } from '../../api/types';
import { askPasskey, offersPasskeys } from '../identity/webauthn';

/** Seconds before its end at which a question is too old to be answered in time. */
const SPARE = 60;

interface Offer {
  /** Offers anew unless a fresh question stands: whoever comes back after a while looks at the list again. */
  renew: () => void;
  /** Takes the offer back: a browser asks one thing at a time. */
  stop: () => void;
}

/**
 * Offers the person's passkeys in the list of the field that is filled in by `username webauthn`, while the page is there. Without
 * such a list in the browser, or passkeys at this server, nothing is asked. `onError` is told of a picked one that was refused.
 */
export function usePasskeyOffer(onAnswer: (answer: Schema<'SignInAnswer'>) => void, onError: (error: unknown) => void): Offer {
  const told = useRef({ onAnswer, onError });
  told.current = { onAnswer, onError };
  const standing = useRef<{ stop: AbortController; until: number }>(undefined);

  const stop = () => {
    standing.current?.stop.abort();
    standing.current = undefined;
  };
  const renew = () => {
    if (standing.current && Date.now() < standing.current.until) return;
    stop();
    const mine = { stop: new AbortController(), until: Infinity };
    standing.current = mine;
    offer(mine.stop.signal, (seconds) => (mine.until = Date.now() + (seconds - SPARE) * 1000))
      .then((answer) => answer && !mine.stop.signal.aborted && told.current.onAnswer(answer))
      .catch((error: unknown) => {
        // What the device says to somebody who asked for nothing is not told; the button stays.
        if (mine.stop.signal.aborted || !isProblem(error)) return;
        standing.current = undefined;
        told.current.onError(error);
        renew();
      });
  };
  useEffect(() => {
    renew();
    return stop;
    // For as long as the page is there.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  return { renew, stop };
}

/** Asks and waits until somebody picks a passkey; nothing where none can be offered. */
async function offer(signal: AbortSignal, goodFor: (seconds: number) => void): Promise<Schema<'SignInAnswer'> | undefined> {
  if (!(await offersPasskeys()) || signal.aborted) return undefined;
  // Nobody asked for this yet: a server that has no passkeys, or no time, is told by the button.
  const question = await data(api.POST('/api/v1/auth/passkey', { signal })).catch(() => undefined);
  if (!question) return undefined;
  goodFor(question.expires_in);
  return data(api.POST('/api/v1/auth/passkey/finish', { body: await askPasskey(question, signal) }));
}

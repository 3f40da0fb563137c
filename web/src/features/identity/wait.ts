import { useEffect, useState } from 'react';

import { isProblem } from '../../api/problem';

export interface Wait {
  unit: 'seconds' | 'minutes';
  count: number;
}

/** How long to wait in the words of a person: seconds up to a minute and a half, minutes from then on, never too few. */
export function waitWords(seconds: number): Wait {
  return seconds <= 90 ? { unit: 'seconds', count: Math.max(1, Math.ceil(seconds)) } : { unit: 'minutes', count: Math.ceil(seconds / 60) };
}

/** Seconds until it is worth trying again after a refusal that said so; 0 when now. Counts down. */
export function useWait(error: unknown): number {
  const [wait, setWait] = useState(() => begun(error));
  if (wait.error !== error) setWait(begun(error));
  const waiting = wait.left > 0;
  useEffect(() => {
    if (!waiting) return;
    const timer = setInterval(() => setWait((now) => ({ ...now, left: Math.max(0, Math.ceil((now.until - Date.now()) / 1000)) })), 1000);
    return () => clearInterval(timer);
  }, [waiting, wait.until]);
  return wait.left;
}

function begun(error: unknown): { error: unknown; until: number; left: number } {
  const left = isProblem(error) ? (error.retryAfter ?? 0) : 0;
  return { error, until: Date.now() + left * 1000, left };
}

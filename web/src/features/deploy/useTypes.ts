import { useEffect, useState } from 'react';

import { type Files, type Language, type Remark, startLanguage } from '../source';

/** How long nothing may be typed before the types are looked at, in milliseconds. */
const PAUSE = 250;

export type TypesState = 'starting' | 'checking' | 'ready' | 'failed';

/** The language service of a page, and what it says about the files. A check that is overtaken by typing is dropped. */
export function useTypes(files: Files): { language: Language | undefined; remarks: readonly Remark[]; state: TypesState } {
  const [language, setLanguage] = useState<Language>();
  const [remarks, setRemarks] = useState<readonly Remark[]>([]);
  const [state, setState] = useState<TypesState>('starting');

  useEffect(() => {
    const started = startLanguage();
    setLanguage(started);
    return () => started.close();
  }, []);

  useEffect(() => {
    if (!language) return undefined;
    const stop = new AbortController();
    const check = async () => {
      language.tell(files);
      // Until there is an answer, it is not said that nothing was found.
      setState((now) => (now === 'ready' ? 'checking' : now));
      try {
        const found = await language.ask('remarks', [], stop.signal);
        setRemarks(found);
        setState('ready');
      } catch {
        if (!stop.signal.aborted) setState('failed');
      }
    };
    const timer = setTimeout(() => void check(), PAUSE);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [language, files]);

  return { language, remarks, state };
}

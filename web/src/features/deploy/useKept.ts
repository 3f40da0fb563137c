import { useEffect, useRef, useState } from 'react';

import type { Keep, Kept } from './kept';
import { type Project, same } from './project';

/** How long nothing may be typed before work is kept, in milliseconds. */
const PAUSE = 400;

interface Subject {
  keep: Keep;
  about: string;
  base: string | undefined;
}

/** What was left of earlier work on this subject, where it is not what stands there anyway. */
export function useLeft({ keep, about }: Subject, origin: Project): Kept | undefined {
  const [left] = useState(() => {
    const kept = keep.get(about);
    return kept && !same(kept, origin) ? kept : undefined;
  });
  return left;
}

/** Keeps work in this browser while it differs from what is deployed; says whether there was room for it. */
export function useKeeping({ keep, about, base }: Subject, project: Project, unsaved: boolean): boolean {
  const [room, setRoom] = useState(true);
  const late = useRef<() => void>(undefined);
  const first = useRef(project);
  useEffect(() => {
    const write = () => {
      late.current = undefined;
      if (!unsaved) keep.drop(about);
      // What was left is there already, and was written when it says so.
      else if (project !== first.current) setRoom(keep.put({ ...project, about, base, at: new Date().toISOString() }));
    };
    late.current = write;
    const timer = setTimeout(write, PAUSE);
    return () => clearTimeout(timer);
  }, [keep, about, base, project, unsaved]);
  useEffect(() => {
    // Whoever leaves at once has typed something too.
    const flush = () => late.current?.();
    window.addEventListener('pagehide', flush);
    return () => {
      window.removeEventListener('pagehide', flush);
      flush();
    };
  }, []);
  return room;
}

import { useEffect, useRef, useState } from 'react';

import { api, data } from '../../api/client';
import { events } from '../../api/stream';
import type { Schema } from '../../api/types';
import { isOver } from './deeds';
import { given } from './queries';

export type Line = Schema<'LogEntry'>;

/** `reading`: lines that are there; `live`: those that come; `broken`: it tries again; `done`: no more will come. */
export type LogState = 'reading' | 'live' | 'broken' | 'done';

/** Lines that come within this time are drawn at once, in milliseconds. */
const TOGETHER = 120;
/** Pauses before the next try, in milliseconds; the last one repeats. */
const PAUSES = [1000, 2000, 5000, 15_000];

/** The log of a run, and while it goes on every line as it is written. `moved` hears when the run's state changes. */
export function useLogs(id: string, status: string, moved: () => void): { lines: readonly Line[]; state: LogState } {
  const [lines, setLines] = useState<readonly Line[]>([]);
  const [state, setState] = useState<LogState>('reading');
  // How it stood when the page opened: a run that was over stays over, another one tells by its stream.
  const begun = useRef(isOver(status));
  const hear = useRef(moved);
  useEffect(() => {
    hear.current = moved;
  });
  useEffect(() => {
    const away = new AbortController();
    const buffer = new LineBuffer((fresh) => setLines((before) => [...before, ...fresh]));
    void follow(id, begun.current, buffer, away.signal, setState, () => hear.current());
    return () => {
      away.abort();
      buffer.stop();
      setLines([]);
    };
  }, [id]);
  return { lines, state };
}

async function follow(id: string, over: boolean, buffer: LineBuffer, signal: AbortSignal, tell: (state: LogState) => void, moved: () => void): Promise<void> {
  for (let tries = 0; !signal.aborted; ) {
    try {
      await readAll(id, buffer, signal);
      if (over) return tell('done');
      tell('live');
      const last = buffer.last;
      for await (const { event, data } of events(`/api/runs/${encodeURIComponent(id)}/logs?follow=true`, signal, String(last))) {
        tries = 0;
        if (event === 'log') buffer.add(JSON.parse(data) as Line);
        else moved();
        if (event === 'end') {
          buffer.flush();
          return tell('done');
        }
      }
    } catch {
      if (signal.aborted) return;
      tell('broken');
    }
    await pause(PAUSES[Math.min(tries++, PAUSES.length - 1)] ?? 1000, signal);
  }
}

/** The lines that are there already. */
async function readAll(id: string, buffer: LineBuffer, signal: AbortSignal): Promise<void> {
  for (;;) {
    // Without `Accept: text/event-stream` it is a page.
    const answer = await data(api.GET('/api/runs/{id}/logs', { params: { path: { id }, query: given({ after: buffer.last || undefined }) }, signal }));
    const page = answer as Schema<'Page_LogEntry'>;
    for (const line of page.data) buffer.add(line);
    if (page.next_cursor === null || page.next_cursor === undefined) return buffer.flush();
  }
}

/** Hands lines over in handfuls, each once and in their order. */
export class LineBuffer {
  /** Number of the last line. */
  last = 0;
  private kept: Line[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly hand: (lines: readonly Line[]) => void) {}

  add(line: Line): void {
    // A stream that was cut off repeats what it had begun to send.
    if (line.n <= this.last) return;
    this.last = line.n;
    this.kept.push(line);
    this.timer ??= setTimeout(() => this.flush(), TOGETHER);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.kept = [];
  }

  /** Hands over what is kept, before anybody says that there is no more. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.kept.length === 0) return;
    const lines = this.kept;
    this.kept = [];
    this.hand(lines);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}

import { request } from './client';

/** One event of a `text/event-stream` answer. */
export interface StreamEvent {
  id: string | undefined;
  event: string;
  data: string;
}

/**
 * Reads an event stream with the session's token, which `EventSource` cannot send. Ends when the server ends it or
 * `signal` aborts; the caller begins again from the last `id`.
 */
export async function* events(path: string, signal: AbortSignal, last?: string): AsyncGenerator<StreamEvent> {
  const headers: Record<string, string> = { Accept: 'text/event-stream' };
  if (last !== undefined) headers['Last-Event-ID'] = last;
  const response = await request(new Request(new URL(path, location.origin), { headers, signal }));
  if (response.body === null) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let kept = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    kept += value.replaceAll('\r\n', '\n');
    for (let end = kept.indexOf('\n\n'); end >= 0; end = kept.indexOf('\n\n')) {
      const event = parse(kept.slice(0, end));
      kept = kept.slice(end + 2);
      if (event) yield event;
    }
  }
}

/** One block of lines; undefined where it holds comments only. */
export function parse(block: string): StreamEvent | undefined {
  let id: string | undefined;
  let event = 'message';
  const lines: string[] = [];
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    if (colon === 0) continue;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') lines.push(value);
    else if (field === 'event') event = value;
    else if (field === 'id') id = value;
  }
  return lines.length === 0 ? undefined : { id, event, data: lines.join('\n') };
}

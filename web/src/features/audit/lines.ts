import { Fault } from './verify';

/** The lines of a text that comes in pieces. Each must be ended by a line feed; bytes that are no text are a fault. */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const reader = stream.getReader();
  let kept = '';
  let number = 1;
  const text = (bytes?: Uint8Array) => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined });
    } catch {
      throw new Fault(number, number === 1 ? 'header' : 'row', 'it is not text');
    }
  };
  for (;;) {
    const { done, value } = await reader.read();
    kept += done ? text() : text(value);
    const whole = kept.split('\n');
    kept = whole.pop() ?? '';
    for (const line of whole) {
      yield line;
      number += 1;
    }
    if (done) break;
  }
  if (kept !== '') throw new Fault(number, number === 1 ? 'header' : kept.startsWith('{"trailer":') ? 'trailer' : 'row', 'the line is cut off');
}

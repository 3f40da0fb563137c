import { describe, expect, it } from 'vitest';

import { Language } from './language';
import type { Answer, Request } from './protocol';

function port() {
  const sent: Request[] = [];
  let listener: (event: { data: Answer }) => void = () => {};
  const made = new Language({ postMessage: (message) => void sent.push(message), addEventListener: (_, each) => (listener = each), terminate: () => {} });
  return { language: made, sent, answer: (data: Answer) => listener({ data }) };
}

describe('the page’s end of the language service', () => {
  it('sends what changed, and nothing twice', () => {
    const { language, sent } = port();
    language.tell({ a: '1', b: '2' });
    language.tell({ a: '1', b: '2' });
    language.tell({ a: '3' });
    language.edit('a', '3');
    expect(sent).toEqual([{ tell: { a: '1', b: '2' } }, { tell: { a: '3', b: null } }]);
  });

  it('gives each question its own answer', async () => {
    const { language, answer } = port();
    const [first, second] = [language.ask('remarks', []), language.ask('hover', ['a', 1])];
    answer({ id: 2, answer: null });
    answer({ id: 1, answer: [] });
    expect([await first, await second]).toEqual([[], null]);
  });

  it('takes a question back, and drops its answer', async () => {
    const { language, sent, answer } = port();
    const stop = new AbortController();
    const asked = language.ask('remarks', [], stop.signal);
    stop.abort();
    await expect(asked).rejects.toThrow('canceled');
    expect(sent.at(-1)).toEqual({ cancel: 1 });
    answer({ id: 1, answer: [] });
    await expect(language.ask('remarks', [], stop.signal)).rejects.toThrow('canceled');
  });

  it('fails what is open when the worker fails or goes', async () => {
    const { language, answer } = port();
    const asked = [language.ask('remarks', []), language.ask('remarks', [])];
    answer({ id: 1, failed: 'no memory' });
    language.close();
    await expect(asked[0]).rejects.toThrow('no memory');
    await expect(asked[1]).rejects.toThrow('canceled');
  });
});

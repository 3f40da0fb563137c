import { expect, test } from 'vitest';

import { linked } from './linked';

test('addresses are links, what stands around them is not', () => {
  expect(linked('Open http://127.0.0.1:8787/app/verify-email?token=a.b-c.\nOr (https://x.example/y).')).toEqual([
    { text: 'Open ' },
    { text: 'http://127.0.0.1:8787/app/verify-email?token=a.b-c', href: 'http://127.0.0.1:8787/app/verify-email?token=a.b-c' },
    { text: '.\nOr (' },
    { text: 'https://x.example/y', href: 'https://x.example/y' },
    { text: ').' },
  ]);
});

test('other schemes stay words, and nothing is lost', () => {
  const text = 'javascript:alert(1) data:text/html,x and http:// alone';
  expect(linked(text)).toEqual([{ text }]);
  expect(linked('')).toEqual([]);
});

import { expect, test } from 'vitest';

import { isSlug, slugOf } from './slug';

test('a name becomes a short name', () => {
  expect(slugOf('Acme Ltd.')).toBe('acme-ltd');
  expect(slugOf('  Mühle & Söhne, Straße 5 ')).toBe('muhle-sohne-strasse-5');
  expect(slugOf('--')).toBe('');
  expect(slugOf('東京')).toBe('');
  const long = slugOf('a very long name of a company that does not end');
  expect(long.length).toBeLessThanOrEqual(30);
  expect(isSlug(long)).toBe(true);
  // Cut in the middle of words, it must not end in a hyphen.
  expect(slugOf(`${'a'.repeat(29)} b`)).toBe('a'.repeat(29));
});

test('short names are labels of hosts', () => {
  for (const good of ['abc', 'a-b', 'acme-2026', '0x0', 'a'.repeat(30)]) expect(isSlug(good)).toBe(true);
  for (const bad of ['', 'ab', '-ab', 'ab-', 'Acme', 'a_b', 'a.b', 'äbc', 'a b', 'a'.repeat(31)]) expect(isSlug(bad)).toBe(false);
});

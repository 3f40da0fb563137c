import { expect, it } from 'vitest';

import { readable } from './readable';

it('shows bodies as what they say and headers by name', () => {
  expect(readable({ status: 200, headers: [['a', '1'], ['set-cookie', 'x'], ['set-cookie', 'y']], body: { text: '{"ok":true}' } })).toEqual({ status: 200, headers: { a: '1', 'set-cookie': ['x', 'y'] }, body: { ok: true } });
});

it('leaves as it is what is something else', () => {
  const values = [null, 7, 'text', [['a', 'b']], { body: { base64: 'AA==' } }, { headers: ['a'] }, { body: { text: '{"a":1}', more: 1 } }];
  for (const value of values) expect(readable(value)).toEqual(value);
  expect(readable({ body: { text: 'plain' } })).toEqual({ body: 'plain' });
  expect(readable({ body: { text: '12345678901234567890' } })).toEqual({ body: '12345678901234567890' });
});

import { expect, test } from 'vitest';

import { searchValue } from './router';

test('codes that look like numbers stay what they are', () => {
  for (const text of ['1E5', '007', '0x10', '1.0', 'NaN', 'nullable', '12345678901234567890', '']) expect(searchValue(text)).toBe(text);
  expect([searchValue('12'), searchValue('["failed"]'), searchValue('"12"'), searchValue('true')]).toEqual([12, ['failed'], '12', true]);
});

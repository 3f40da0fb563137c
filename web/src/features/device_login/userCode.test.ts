import { expect, test } from 'vitest';

import { isWholeCode, tidyCode } from './userCode';

test('a code is tidied while it is typed', () => {
  expect(tidyCode('bcdf')).toBe('BCDF');
  expect(tidyCode('bcdfg')).toBe('BCDF-G');
  expect(tidyCode(' bcdf ghjk ')).toBe('BCDF-GHJK');
  expect(tidyCode('BCDF-GHJKL')).toBe('BCDF-GHJK');
  expect(tidyCode('BCDF-')).toBe('BCDF');
});

test('only a whole code is sent', () => {
  expect(isWholeCode(tidyCode('bcdfghjk'))).toBe(true);
  expect(isWholeCode(tidyCode('bcdfghj'))).toBe(false);
  expect(isWholeCode('')).toBe(false);
});

import { expect, test } from 'vitest';

import { bytes, share } from './share';

test('how full', () => {
  expect(share(79, 100)).toEqual({ part: 0.79, state: 'fine' });
  expect(share(80, 100).state).toBe('nearly');
  expect(share(130, 100)).toEqual({ part: 1, state: 'full' });
  expect(share(0, 0).state).toBe('full');
});

test('bytes', () => {
  expect([0, 999, 1000, 1550, 12_345_678, 999_950, 5e15].map((value) => bytes(value, 'en'))).toEqual(['0 B', '999 B', '1 kB', '1.6 kB', '12 MB', '1 MB', '5 PB']);
});

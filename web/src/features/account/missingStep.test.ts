import { expect, test } from 'vitest';

import { missingStep } from './missingStep';

test('a session is asked for what it has not shown', () => {
  expect(missingStep({ second_factor: null }, 0)).toBe('add');
  expect(missingStep({ second_factor: null }, 2)).toBe('show');
  expect(missingStep({ second_factor: 'totp' }, 1)).toBe('nothing');
});

test('what was shown of a factor that is gone counts no more, but what an organisation asked for does', () => {
  expect(missingStep({ second_factor: 'passkey' }, 0)).toBe('add');
  expect(missingStep({ second_factor: 'sso' }, 0)).toBe('nothing');
});

import { expect, test } from 'vitest';

import { meansOf, proofOf } from './prove';

const nothing = { password: false, apps: 0, passkeys: 0, recoveryCodes: 0, passkeysWork: true };

test('only what a person has is offered, the password first', () => {
  expect(meansOf(nothing)).toEqual([]);
  expect(meansOf({ ...nothing, password: true })).toEqual(['password']);
  expect(meansOf({ ...nothing, password: true, apps: 1, passkeys: 2, recoveryCodes: 10 })).toEqual(['password', 'passkey', 'code']);
  expect(meansOf({ ...nothing, passkeys: 1, recoveryCodes: 3 })).toEqual(['passkey', 'code']);
  expect(meansOf({ ...nothing, passkeys: 1, passkeysWork: false, recoveryCodes: 3 })).toEqual(['code']);
});

test('one thing is sent, and codes without what was typed around them', async () => {
  expect(await proofOf('password', ' with spaces ')).toEqual({ password: ' with spaces ' });
  expect(await proofOf('code', ' 123456 ')).toEqual({ code: '123456' });
  expect(await proofOf(undefined, 'x')).toEqual({});
});

import { expect, test } from 'vitest';

import { isOpenField, withMissing } from './keyFields';

test('what a service calls a key is learnt from its refusal', () => {
  expect(withMissing({ access_token: 'k' }, ['fields.api_key'])).toEqual({ api_key: 'k' });
  expect(withMissing({ access_token: 'k' }, ['fields.username', 'fields.password'])).toEqual({ username: '', password: 'k' });
  expect(withMissing({ access_token: 'k' }, ['fields.account_id'])).toEqual({ access_token: 'k', account_id: '' });
  expect(withMissing({ access_token: 'k', account_id: '' }, ['fields.account_id'])).toEqual({ access_token: 'k', account_id: '' });
  expect(withMissing({ access_token: 'k' }, [])).toEqual({ access_token: 'k' });
});

test('secrets are not shown while they are typed', () => {
  expect([isOpenField('account_id'), isOpenField('api_key'), isOpenField('password')]).toEqual([true, false, false]);
});

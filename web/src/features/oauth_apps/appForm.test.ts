import { expect, test } from 'vitest';

import { blank, changeOf, creationOf, pairsOf, wrongIn } from './appForm';

test('an app needs what its kind consists of; of one that is there, an empty field keeps what it has', () => {
  expect(wrongIn(blank, false)).toEqual({ provider: 'needProvider', client_id: 'needField', client_secret: 'needField' });
  expect(wrongIn({ ...blank, provider: 'zoom', kind: 's2s', client_id: 'a', client_secret: 'b' }, false)).toEqual({ account_id: 'needField' });
  expect(wrongIn({ ...blank, provider: 'stripe', kind: 'static' }, false)).toEqual({ api_key: 'needOneKey' });
  expect(wrongIn({ ...blank, provider: 'stripe', kind: 'static', access_token: 'x' }, false)).toEqual({});
  expect(wrongIn({ ...blank, provider: 'sikka', kind: 'static', others: 'office_id=7' }, false)).toEqual({});
  expect(wrongIn(blank, true)).toEqual({});
  expect(wrongIn({ ...blank, others: 'no pair' }, true)).toEqual({ others: 'needPairs' });
});

test('only fields of the kind are sent, and only those that are filled in', () => {
  const values = { ...blank, provider: ' Gmail ', client_id: ' id ', client_secret: 's', account_id: 'of another kind', scopes: ['mail'] };
  expect(creationOf(values)).toEqual({ provider: 'gmail', kind: 'oauth', client_id: 'id', client_secret: 's', scopes: ['mail'] });
  expect(creationOf({ ...blank, provider: 'x', kind: 'static', api_key: 'k', others: 'a=1\nb = c=d' })).toEqual({ provider: 'x', kind: 'static', api_key: 'k', fields: { a: '1', b: 'c=d' } });
});

test('a change does not name the client or the scopes that the app has: another client is another app', () => {
  const app = { client_id: 'id', scopes: ['mail'] };
  expect(changeOf(app, { ...blank, client_id: 'id', scopes: ['mail'] })).toEqual({});
  expect(changeOf(app, { ...blank, client_id: 'id', client_secret: 'new', scopes: [] })).toEqual({ client_secret: 'new', scopes: [] });
  expect(changeOf(app, { ...blank, client_id: 'other', scopes: ['mail'] })).toEqual({ client_id: 'other' });
});

test('pairs are lines with a name before the first equals sign', () => {
  expect(pairsOf(' \n')).toEqual({});
  expect(pairsOf('=x')).toBeUndefined();
  expect(pairsOf('a=1\nb')).toBeUndefined();
});

import { expect, test } from 'vitest';

import { blank, changeOf, limitsWrong, requestOf, stateOf, todayOf, wrongIn, type Grant, type Kind } from './grantForm';

const today = '2026-05-10';
const grant = (more: Partial<Grant> = {}) => ({ max_installs: null, used: 0, expires_at: null, notes: null, revoked_at: null, ...more }) as Grant;

test('each kind of grant names whom it means in its own way', () => {
  const good: Array<[Kind, string]> = [['email', ' ada@example.com '], ['email_domain', 'acme.com'], ['email_domain', '@Acme.co.uk'], ['organization', 'org_01h455vb4pex5vsknk084sn02q'], ['user', 'usr_01h455'], ['access_code', 'premium-2024'], ['access_code', '']];
  for (const [kind, value] of good) expect(wrongIn(kind, { ...blank, value }, today), `${kind} ${value}`).toEqual({});
  const bad: Array<[Kind, string]> = [['email', 'ada'], ['email', 'ada@host'], ['email', ''], ['email_domain', 'ada@acme.com'], ['email_domain', 'acme'], ['organization', 'Acme'], ['user', 'ada@example.com'], ['access_code', 'abc'], ['access_code', 'with space']];
  for (const [kind, value] of bad) expect(wrongIn(kind, { ...blank, value }, today), `${kind} ${value}`).toEqual({ value: kind });
});

test('limits are whole numbers, days that are not over, and short notes', () => {
  expect(limitsWrong({ most: 1_000_000, expires: today, notes: 'x'.repeat(500) }, today)).toEqual({});
  for (const most of [0, -1, 1.5, 1_000_001, 'many']) expect(limitsWrong({ ...blank, most }, today), String(most)).toEqual({ most: 'most' });
  expect(limitsWrong({ most: '', expires: '2026-05-09', notes: 'x'.repeat(501) }, today)).toEqual({ expires: 'past', notes: 'notes' });
});

test('what is not said is not sent, and a code is of capital letters', () => {
  expect(requestOf('access_code', blank)).toEqual({ grant_type: 'access_code' });
  expect(requestOf('access_code', { ...blank, value: ' premium2024 ', most: 100, expires: '2027-12-31', notes: ' fair ' })).toEqual({ grant_type: 'access_code', grant_value: 'PREMIUM2024', max_installs: 100, expires_at: '2027-12-31', notes: 'fair' });
  expect(requestOf('email_domain', { ...blank, value: '@Acme.com', force: true })).toEqual({ grant_type: 'email_domain', grant_value: 'acme.com', force: true });
  // Only a domain can be forced.
  expect(requestOf('email', { ...blank, value: 'a@b.c', force: true })).toEqual({ grant_type: 'email', grant_value: 'a@b.c' });
});

test('a change says what is other than before: emptied limits are removed', () => {
  const had = grant({ max_installs: 5, expires_at: '2026-12-31T23:59:59.999999Z', notes: 'fair' });
  expect(changeOf(had, { most: 5, expires: '2026-12-31', notes: 'fair' })).toEqual({});
  expect(changeOf(had, { most: '', expires: '', notes: ' ' })).toEqual({ max_installs: null, expires_at: null, notes: null });
  expect(changeOf(grant(), { most: 7, expires: '2027-01-01', notes: 'new' })).toEqual({ max_installs: 7, expires_at: '2027-01-01', notes: 'new' });
});

test('a grant is live until it is revoked, ended or used up', () => {
  const now = Date.parse('2026-05-10T12:00:00Z');
  expect(stateOf(grant({ max_installs: 2, used: 1, expires_at: '2026-05-10T23:59:59Z' }), now)).toBe('live');
  expect(stateOf(grant({ max_installs: 2, used: 2 }), now)).toBe('exhausted');
  expect(stateOf(grant({ expires_at: '2026-05-10T12:00:00Z', max_installs: 2, used: 2 }), now)).toBe('ended');
  expect(stateOf(grant({ revoked_at: '2026-01-01T00:00:00Z', expires_at: '2020-01-01T00:00:00Z' }), now)).toBe('revoked');
  expect(todayOf(new Date(now))).toBe(today);
});

import { expect, test } from 'vitest';

import { AT_LEAST_WITH_SECOND_FACTOR, couldBeGood, passwordRules } from './passwordRules';

test('what is missing is counted in characters, not in units of memory', () => {
  expect(passwordRules('', '')).toEqual([{ rule: 'length', kept: false, missing: 15 }]);
  expect(passwordRules('a'.repeat(14), '')[0]).toMatchObject({ kept: false, missing: 1 });
  expect(passwordRules('a'.repeat(15), '')[0]).toMatchObject({ kept: true, missing: 0 });
  expect(passwordRules('🦫'.repeat(14), '')[0]).toMatchObject({ kept: false, missing: 1 });
  expect(couldBeGood('🦫'.repeat(15), '')).toBe(true);
});

test('a second factor makes shorter ones do', () => {
  expect(couldBeGood('river mill', '', AT_LEAST_WITH_SECOND_FACTOR)).toBe(true);
  expect(couldBeGood('river mill', '')).toBe(false);
});

test('endless ones are refused', () => {
  expect(couldBeGood('a'.repeat(128), '')).toBe(true);
  expect(passwordRules('a'.repeat(129), '')).toContainEqual({ rule: 'most', kept: false });
});

test('the name of the address does not belong into it, unless it is so short that it is there by chance', () => {
  const broken = { rule: 'email', kept: false };
  expect(passwordRules('correct horse MARIA staple', ' Maria@example.com')).toContainEqual(broken);
  expect(passwordRules('correct horse battery', 'bat@example.com')).not.toContainEqual(broken);
  expect(passwordRules('correct horse battery', '')).not.toContainEqual(broken);
});

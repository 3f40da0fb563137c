import { expect, test } from 'vitest';

import type { OwnVersion } from './queries';
import { before, compareVersions, deedsOf, publishable } from './versionDeeds';

const version = (number: number, text: string, state: OwnVersion['state'], is_current = false) =>
  ({ id: `ver_${number}`, number, version: text, state, is_current, is_breaking: false, hash: '', created_at: '' }) as OwnVersion;

test('a draft is published once it is newer than what is current, an older content comes back by a restored draft', () => {
  const versions = [version(4, '2.0.0', 'draft'), version(3, '1.1.0', 'published', true), version(2, '1.0.5', 'draft'), version(1, '1.0.0', 'published')];
  const [draft, current, late, old] = versions as [OwnVersion, OwnVersion, OwnVersion, OwnVersion];
  expect(deedsOf(draft, versions)).toEqual({ publish: true, restore: false, deprecate: false });
  expect(deedsOf(current, versions)).toEqual({ publish: false, restore: true, deprecate: true });
  expect(deedsOf(late, versions)).toEqual({ publish: false, restore: true, deprecate: false });
  expect(deedsOf(old, versions)).toEqual({ publish: false, restore: true, deprecate: true });
  expect(publishable(versions)).toBe(draft);
  expect(before(current, versions)).toBe(late);
  expect(before(old, versions)).toBeUndefined();
});

test('what waits for review or was refused is not published', () => {
  for (const state of ['pending', 'rejected', 'deprecated'] as const) expect(deedsOf(version(2, '2.0.0', state), [version(2, '2.0.0', state)]).publish).toBe(false);
  expect(deedsOf(version(2, '2.0.0', 'approved'), [version(2, '2.0.0', 'approved')]).publish).toBe(true);
});

test('versions are ordered by their numbers, and a release stands above its pre-releases', () => {
  const ordered = ['0.9.9', '1.0.0-alpha', '1.0.0-beta', '1.0.0', '1.0.1', '1.2.0', '1.10.0', '2.0.0'];
  for (let place = 1; place < ordered.length; place += 1) {
    expect(compareVersions(ordered[place]!, ordered[place - 1]!), ordered[place]).toBeGreaterThan(0);
    expect(compareVersions(ordered[place - 1]!, ordered[place]!), ordered[place]).toBeLessThan(0);
  }
  expect(compareVersions('v1.2', '1.2.0+build.7')).toBe(0);
});

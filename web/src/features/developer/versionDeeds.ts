import type { OwnVersion } from './queries';

/** What the server would let somebody do with a version. */
export interface Deeds {
  publish: boolean;
  restore: boolean;
  deprecate: boolean;
}

/** `versions` are newest first. An older content comes back by a restored draft, never by publishing an older number. */
export function deedsOf(version: OwnVersion, versions: readonly OwnVersion[]): Deeds {
  const current = versions.find((each) => each.is_current);
  const isNewer = current === undefined || compareVersions(version.version, current.version) > 0;
  return {
    publish: (version.state === 'draft' || version.state === 'approved') && isNewer,
    restore: version.id !== versions[0]?.id,
    deprecate: version.state === 'published',
  };
}

/** The newest version that could be published now, if it is newer than what is current. */
export function publishable(versions: readonly OwnVersion[]): OwnVersion | undefined {
  return versions.find((version) => deedsOf(version, versions).publish);
}

/** The version before another one, by number. */
export function before(version: OwnVersion, versions: readonly OwnVersion[]): OwnVersion | undefined {
  return versions.find((each) => each.number < version.number);
}

/** The version that a word means: an id, a semantic version (the newest that has it), or `v3`. */
export function findVersion(word: string | undefined, versions: readonly OwnVersion[]): OwnVersion | undefined {
  return versions.find((each) => each.id === word || each.version === word || `v${each.number}` === word);
}

/** Semantic versions in ascending order; a release is greater than its pre-releases, and those compare as text. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [read(a), read(b)];
  for (let place = 0; place < 3; place += 1) {
    const difference = (left.numbers[place] ?? 0) - (right.numbers[place] ?? 0);
    if (difference !== 0) return difference;
  }
  if (left.pre === right.pre) return 0;
  if (left.pre === '') return 1;
  if (right.pre === '') return -1;
  return left.pre < right.pre ? -1 : 1;
}

function read(text: string): { numbers: number[]; pre: string } {
  const [core = '', ...pre] = (text.replace(/^v/, '').split('+')[0] ?? '').split('-');
  return { numbers: core.split('.').map((part) => Number.parseInt(part, 10) || 0), pre: pre.join('-') };
}

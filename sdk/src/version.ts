/** The three numbers of a version. */
export interface Version {
  major: number;
  minor: number;
  patch: number;
}

/** Reads `1.2.3` (a leading `v`, pre-release and build parts are ignored); null if it is none. */
export function parseVersion(text: string): Version | null {
  const match = /^v?(\d+)\.(\d+)\.(\d+)(?:[-+].*)?$/.exec(String(text).trim());
  return match && { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3]) };
}

/** `{major: 1, minor: 2, patch: 3}` → `1.2.3` */
export function formatVersion({ major, minor, patch }: Version): string {
  return `${major}.${minor}.${patch}`;
}

/** Whether a text is a complete version. */
export function isValidVersion(text: string): boolean {
  return parseVersion(text) !== null;
}

/** `v1`, `1`, `1.2`, `v1.2.3` → three numbers; null if it is no version. */
export function normalizeVersion(text: string): string | null {
  const match = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:[-+].*)?$/.exec(String(text).trim());
  return match && `${Number(match[1])}.${Number(match[2] ?? 0)}.${Number(match[3] ?? 0)}`;
}

/** Negative if `a` is older, positive if it is newer, 0 if they are the same. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [read(a), read(b)];
  return Math.sign(left.major - right.major || left.minor - right.minor || left.patch - right.patch);
}

export function isNewerVersion(a: string, b: string): boolean {
  return compareVersions(a, b) > 0;
}

export function isOlderVersion(a: string, b: string): boolean {
  return compareVersions(a, b) < 0;
}

export function isSameVersion(a: string, b: string): boolean {
  return compareVersions(a, b) === 0;
}

/** The next version of a kind. */
export function bumpVersion(text: string, kind: 'major' | 'minor' | 'patch'): string {
  const { major, minor, patch } = read(text);
  switch (kind) {
    case 'major':
      return formatVersion({ major: major + 1, minor: 0, patch: 0 });
    case 'minor':
      return formatVersion({ major, minor: minor + 1, patch: 0 });
    case 'patch':
      return formatVersion({ major, minor, patch: patch + 1 });
  }
}

/** The version that changes call for: breaking ones a major, features a minor, anything else a patch. */
export function getNextVersion(text: string, hasBreakingChanges: boolean, hasFeatures = false): string {
  return bumpVersion(text, hasBreakingChanges ? 'major' : hasFeatures ? 'minor' : 'patch');
}

/** `3` → `v3` */
export function formatVersionDisplay(number: number): string {
  return `v${number}`;
}

/** `3`, `1.2.0` → `v3 (1.2.0)` */
export function formatVersionFull(number: number, version: string): string {
  return `v${number} (${version})`;
}

function read(text: string): Version {
  const version = parseVersion(normalizeVersion(text) ?? '');
  if (!version) {
    throw new TypeError(`Invalid version: ${JSON.stringify(text)}`);
  }
  return version;
}

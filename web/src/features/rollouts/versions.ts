import type { Schema } from '../../api/types';

export type Version = Pick<Schema<'OwnVersionAnswer'>, 'id' | 'version' | 'number' | 'state' | 'is_current'>;

/** Versions to choose from, each semantic version once: the newest of it is meant. */
export function choices(versions: readonly Version[]): Array<{ value: string; label: string }> {
  const once = versions.filter((version, place) => versions.findIndex((other) => other.version === version.version) === place);
  return once.filter((version) => version.state !== 'rejected').map(({ id, version, number }) => ({ value: id, label: `${version} (v${number})` }));
}

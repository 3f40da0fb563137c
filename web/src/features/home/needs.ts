import type { Schema } from '../../api/types';

type Installation = Schema<'InstallationAnswer'>;
type Connection = Schema<'Connection'>;

/** Set-ups that somebody began and did not finish. */
export function unfinished(installations: readonly Installation[]): Installation[] {
  return installations.filter((each) => each.status === 'installed' || each.status === 'activating');
}

/** Installations that stopped by themselves. */
export function stopped(installations: readonly Installation[]): Installation[] {
  return installations.filter((each) => each.status === 'error');
}

/** Connections that do not work until somebody connects the account again. */
export function broken(connections: readonly Connection[]): Connection[] {
  return connections.filter((each) => each.status === 'expired' || each.health_status === 'unhealthy');
}

import type { Schema } from '../../api/types';

export type Status = Schema<'InstallationAnswer'>['status'];

/** Those that a list is narrowed to. */
export const statuses: readonly Status[] = ['active', 'paused', 'installed', 'error'];

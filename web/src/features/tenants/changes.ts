import type { Schema } from '../../api/types';

/** What the forms hold: text and choices, no null. */
export interface WorkspaceForm {
  workspace_name: string;
  workspace_slug: string;
  timezone: string;
  currency: string;
  auth_mode: string;
  /** `default`: as the installation says. */
  email_verification: 'default' | 'yes' | 'no';
  require_second_factor: boolean;
  /** Empty: as the installation says. */
  audit_retention_days: number | '';
}

export function formOf(settings: Schema<'SettingsAnswer'>): WorkspaceForm {
  return {
    workspace_name: settings.workspace_name,
    workspace_slug: settings.workspace_slug,
    timezone: settings.timezone,
    currency: settings.currency,
    auth_mode: settings.auth_mode ?? 'default',
    email_verification: settings.email_verification === null || settings.email_verification === undefined ? 'default' : settings.email_verification ? 'yes' : 'no',
    require_second_factor: settings.require_second_factor,
    audit_retention_days: settings.audit_retention_days ?? '',
  };
}

/** Only what was changed is sent: what somebody else changed meanwhile stays. */
export function changesOf(before: WorkspaceForm, after: WorkspaceForm): Schema<'SettingsRequest'> {
  const changes: Schema<'SettingsRequest'> = {};
  for (const key of ['workspace_name', 'workspace_slug', 'timezone', 'currency', 'auth_mode', 'require_second_factor'] as const)
    if (after[key] !== before[key]) Object.assign(changes, { [key]: after[key] });
  if (after.email_verification !== before.email_verification) changes.email_verification = after.email_verification === 'default' ? null : after.email_verification === 'yes';
  if (after.audit_retention_days !== before.audit_retention_days) changes.audit_retention_days = after.audit_retention_days === '' ? 0 : after.audit_retention_days;
  return changes;
}

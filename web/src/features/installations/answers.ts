import type { ReactNode } from 'react';

import type { Schema } from '../../api/types';

/** How inputs of another version are asked for; another feature draws them. */
export type Asking = (asked: {
  installation: Schema<'InstallationAnswer'>;
  versionId: string | undefined;
  keys: readonly string[];
  values: Readonly<Record<string, unknown>>;
  errors: Readonly<Record<string, string>>;
  onChange: (key: string, value: unknown) => void;
}) => ReactNode;

/** What has to be answered before a version is taken: inputs and services, from the differences and from what the server refused. */
export interface Questions {
  fields: string[];
  services: string[];
}

export function questions(breaking: ReadonlyArray<Schema<'Difference'>>, refused: ReadonlyArray<{ field: string }>): Questions {
  const fields = new Set<string>();
  const services = new Set<string>();
  for (const { type, field } of breaking) {
    if (!field) continue;
    if (type === 'config_field_required_added' || type === 'config_field_type_changed' || type === 'config_field_narrowed') fields.add(field);
    if (type === 'oauth_provider_added') services.add(field);
  }
  for (const { field } of refused) {
    if (field.startsWith('config.')) fields.add(field.slice('config.'.length));
    if (field.startsWith('connections.')) services.add(field.slice('connections.'.length));
  }
  return { fields: [...fields], services: [...services] };
}

/** What is sent: nothing for what was left empty. */
export function answered(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined && (typeof value !== 'string' || value.trim() !== '')));
}

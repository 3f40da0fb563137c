import type { Schema } from '../../api/types';

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

/** What was typed, as the API takes it: JSON where it is any but a plain text; nothing for what was left empty. */
export function answersOf(typed: Record<string, string>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(typed)
      .filter(([, text]) => text.trim() !== '')
      .map(([key, text]) => [key, jsonOr(text)]),
  );
}

function jsonOr(text: string): unknown {
  if (!/^\s*(?:[[{"]|-?\d|true\s*$|false\s*$)/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

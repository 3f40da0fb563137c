import type { Schema } from '../../api/types';

/** What an input holds, as the server tells kinds apart. */
export type Kind =
  | 'text' | 'boolean' | 'number' | 'select' | 'multiselect' | 'email' | 'url' | 'phone' | 'timezone' | 'time' | 'array' | 'json' | 'object' | 'secret' | 'picker' | 'other';

export interface Option {
  value: unknown;
  label: string;
}

/** A member of an object. */
export interface Member {
  key: string;
  kind: Kind;
  label: string;
  default: unknown;
}

/** A declared input, ready to be asked for. */
export interface Field {
  key: string;
  kind: Kind;
  /** The type as its author wrote it: `textarea`, `slack_channel_picker`. */
  declared: string;
  label: string;
  description: string | undefined;
  required: boolean;
  secret: boolean;
  /** Shown in an empty input. */
  placeholder: string | undefined;
  /** Whether its text has several lines. */
  multiline: boolean;
  /** Whether the installation's account can be asked for what there is to choose. */
  picks: boolean;
  /** Whether a list is taken beside one value. */
  multiple: boolean;
  default: unknown;
  options: readonly Option[];
  min: number | undefined;
  max: number | undefined;
  /** What a list holds. */
  items: Kind | undefined;
  /** Members of an object. */
  properties: readonly Member[];
  /** It counts only while these inputs hold these values. */
  showIf: Readonly<Record<string, unknown>>;
  pattern: 'email' | 'url' | undefined;
  regex: string | undefined;
  /** What the author says when a text does not match. */
  message: string | undefined;
}

type Declared = Schema<'InputSummary'>;

const kinds: Record<string, Kind> = {
  text: 'text', string: 'text', textarea: 'text', boolean: 'boolean', number: 'number', select: 'select', multiselect: 'multiselect', multi_select: 'multiselect',
  email: 'email', url: 'url', phone: 'phone', timezone: 'timezone', time: 'time', array: 'array', text_list: 'array', json: 'json',
  object: 'object', key_value_list: 'object', steps: 'object', secret: 'secret', password: 'secret', picker: 'picker',
};

/** The kind behind a declared type; what this version does not know takes anything. */
export function kindOf(declared: string): Kind {
  return (Object.hasOwn(kinds, declared) ? kinds[declared] : undefined) ?? (declared.endsWith('_picker') ? 'picker' : 'other');
}

/** `slack_channel` → `slackChannel`: one input has two spellings, and authors use both. */
export function normalised(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** `meetingDatabase`, `meeting_database` → `Meeting database`, where the author gives no label. */
export function humanised(key: string): string {
  const words = key.replace(/[_-]+/g, ' ').replace(/([a-z0-9])([A-Z])/g, '$1 $2').trim().toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function fieldOf(input: Declared): Field {
  const text = (value: string | null | undefined) => value ?? undefined;
  return {
    key: input.key,
    kind: input.holds ?? kindOf(input.type),
    declared: input.type,
    label: input.label || humanised(input.key),
    description: text(input.description),
    required: input.required,
    secret: input.secret,
    placeholder: text(input.placeholder),
    multiline: input.multiline ?? input.type === 'textarea',
    picks: input.picker ? true : kindOf(input.type) === 'picker',
    multiple: input.multiple === true,
    default: input.default ?? undefined,
    options: input.choices && input.choices.length > 0 ? input.choices.map(({ value, label }) => ({ value, label })) : (input.options ?? []).map((value) => ({ value, label: shown(value) })),
    min: input.min ?? undefined,
    max: input.max ?? undefined,
    items: input.items ?? (input.type === 'text_list' ? 'text' : undefined),
    properties: (input.properties ?? []).map((each) => ({ key: each.key, kind: each.holds, label: each.label || humanised(each.key), default: each.default ?? undefined })),
    showIf: input.show_if ?? {},
    pattern: input.pattern === 'email' || input.pattern === 'url' ? input.pattern : undefined,
    regex: text(input.regex),
    message: text(input.message),
  };
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

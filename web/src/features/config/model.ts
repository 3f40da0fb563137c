import { applies, fault, isBlank, isEmpty, same, type Fault, type Values } from './check';
import { normalised, type Field } from './field';

/** What the form begins with: what is configured, then what the author proposes, then the default. Secrets are never filled in. */
export function begin(fields: readonly Field[], config: Values, proposed: Values = {}): Record<string, unknown> {
  return Object.fromEntries(fields.map((field) => [field.key, field.secret ? '' : (config[field.key] ?? proposed[field.key] ?? field.default ?? blank(field))]));
}

/** What an input looks like that nobody filled in. */
function blank(field: Field): unknown {
  switch (field.kind) {
    case 'boolean':
      return false;
    case 'multiselect':
    case 'array':
      return [];
    case 'object':
      return Object.fromEntries(field.properties.filter((each) => each.default !== undefined).map((each) => [each.key, each.default]));
    case 'picker':
    case 'select':
      return field.multiple ? [] : null;
    case 'other':
      return null;
    default:
      return field.multiple ? [] : '';
  }
}

/** What an installation keeps of a secret: the mask that the server shows, `••••4d60`; an empty text where it is kept with the provider's app. */
export function keptSecret(field: Field, config: Values): string | undefined {
  const shown = config[field.key];
  return field.secret && typeof shown === 'string' ? shown || '••••' : undefined;
}

/** Every fault, by key; inputs that do not count have none. */
export function faults(fields: readonly Field[], values: Values, config: Values, removed: ReadonlySet<string> = new Set()): Record<string, Fault> {
  const found = fields.map((field) => [field.key, fault(field, fields, values, keptSecret(field, config) !== undefined && !removed.has(field.key))] as const);
  return Object.fromEntries(found.filter((each): each is readonly [string, Fault] => each[1] !== undefined));
}

/**
 * What to send so that the installation holds what the form shows: changed inputs, null for what was emptied. Inputs that do
 * not count stay as they are, secrets count only when typed, and a default that nobody touched stays the author's to change.
 */
export function changes(fields: readonly Field[], config: Values, values: Values, removed: ReadonlySet<string> = new Set()): Record<string, unknown> {
  const changed: Record<string, unknown> = {};
  for (const field of fields) {
    if (!applies(field, fields, values)) continue;
    const [held, value] = [config[field.key], values[field.key]];
    const isHeld = held !== undefined && held !== null;
    if (field.secret) {
      if (!isEmpty(value)) changed[field.key] = value;
      else if (removed.has(field.key) && isHeld) changed[field.key] = null;
    } else if (isBlank(value)) {
      // Where there is a default, leaving an empty list out would bring the default back.
      const isAnswer = !isEmpty(value) && !isBlank(field.default);
      if (isHeld ? !isBlank(held) : isAnswer) changed[field.key] = isAnswer ? value : null;
    } else if (isHeld) {
      if (!same(held, value)) changed[field.key] = value;
    } else if (!same(value, field.default ?? (field.kind === 'boolean' && !field.required ? false : undefined))) {
      changed[field.key] = value;
    }
  }
  return changed;
}

/** Of these changes, those that the server would take. */
export function valid(changed: Readonly<Record<string, unknown>>, wrong: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(changed).filter(([key, value]) => value === null || !(key in wrong)));
}

/** Which inputs are asked first: those the set-up names, otherwise the required ones without a default. */
export function split(fields: readonly Field[], essential: readonly string[] | undefined): { first: Field[]; rest: Field[] } {
  const named = new Set((essential ?? []).map(normalised));
  const isFirst = (field: Field) => (named.size > 0 ? named.has(normalised(field.key)) : field.required && isEmpty(field.default));
  return { first: fields.filter(isFirst), rest: fields.filter((field) => !isFirst(field)) };
}

/** The server's refusals by input: `config.o.days` is about `o`; what belongs to no input is said of the whole. */
export function refusals(fields: readonly Field[], errors: ReadonlyArray<{ field: string; message: string }>): { byKey: Record<string, string>; whole: string[] } {
  const byKey: Record<string, string> = {};
  const whole: string[] = [];
  for (const { field, message } of errors) {
    const name = field.replace(/^config\.?/, '');
    const key = fields.find((each) => name === each.key || name.startsWith(`${each.key}.`))?.key ?? fields.find((each) => normalised(each.key) === normalised(name.split('.')[0] ?? ''))?.key;
    if (key) byKey[key] ??= message;
    else whole.push(message);
  }
  return { byKey, whole };
}

/** What somebody typed for an input of an unknown kind: JSON where it is any but a plain text. */
export function typedValue(text: string): unknown {
  if (!/^\s*(?:[[{"]|-?\d|true\s*$|false\s*$)/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

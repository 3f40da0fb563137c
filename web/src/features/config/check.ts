import type { Field, Kind } from './field';
import { normalised } from './field';

/** What is filled in, by declared key. */
export type Values = Readonly<Record<string, unknown>>;

/** What is wrong with a value: the server's code, and what the sentence about it needs. */
export interface Fault {
  code: 'REQUIRED' | 'WRONG_TYPE' | 'OUT_OF_RANGE' | 'NOT_AN_OPTION' | 'WRONG_FORMAT' | 'TOO_LARGE';
  /** Which sentence: a kind of format, `min`, `max`, `list` … */
  about: string;
  /** The author's own sentence. */
  message?: string | undefined;
  limit?: number;
}

/** The server's limits (installations/limits.rs). */
export const TEXT_BYTES = 64 * 1024;
export const LIST_ITEMS = 10_000;

/** Nothing was filled in: a text of blanks is as good as none. */
export function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === 'string' && value.trim() === '');
}

/** Nothing that says anything: also an empty list or object. */
export function isBlank(value: unknown): boolean {
  return isEmpty(value) || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}

/** An input with `showIf` counts only while the others hold what it names. */
export function applies(field: Field, fields: readonly Field[], values: Values): boolean {
  return Object.entries(field.showIf).every(([key, wanted]) => {
    const other = fields.find((each) => each.key === key) ?? fields.find((each) => normalised(each.key) === normalised(key));
    if (!other) return true;
    const held = isEmpty(values[other.key]) ? other.default : values[other.key];
    return same(held ?? null, wanted);
  });
}

/** The same JSON. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => Object.hasOwn(right, key) && same(left[key], right[key]));
}

/**
 * What is wrong with one input, by the rules of the server (installations/check.rs). `isKept`: a secret that the server holds
 * and that was not typed anew.
 */
export function fault(field: Field, fields: readonly Field[], values: Values, isKept = false): Fault | undefined {
  if (!applies(field, fields, values)) return undefined;
  const value = values[field.key];
  // The server takes an empty list for an answer; people who leave a required one empty have not given any.
  if (!(field.required ? isBlank(value) : isEmpty(value))) return ofValue(field, value);
  const hasDefault = field.secret ? isKept : !isEmpty(field.default);
  return field.required && !hasDefault ? { code: 'REQUIRED', about: 'required' } : undefined;
}

function ofValue(field: Field, value: unknown): Fault | undefined {
  if (field.secret && typeof value !== 'string') return wrong('text');
  if (Array.isArray(value) && field.multiple && field.kind !== 'array' && field.kind !== 'multiselect') {
    return tooMany(value) ?? first(value, (item) => one(field, field.kind, item));
  }
  return one(field, field.kind, value);
}

function one(field: Field, kind: Kind, value: unknown): Fault | undefined {
  switch (kind) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : wrong('boolean');
    case 'number':
      return number(field, value);
    case 'select':
      return text(field, value, kind) ?? option(field, value);
    case 'multiselect':
      return list(value, (item) => text(field, item, 'text') ?? option(field, item));
    case 'array':
      return list(value, (item) => (field.items ? one(field, field.items, item) : undefined));
    case 'object':
      return object(field, value);
    case 'text':
      // Modules read a JSON list from a plain text input, so it passes as it is.
      return typeof value === 'object' ? undefined : text(field, value, kind);
    case 'other':
      return undefined;
    default:
      return text(field, value, kind);
  }
}

function number(field: Field, value: unknown): Fault | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return wrong('number');
  if (field.min !== undefined && value < field.min) return { code: 'OUT_OF_RANGE', about: 'min', limit: field.min };
  if (field.max !== undefined && value > field.max) return { code: 'OUT_OF_RANGE', about: 'max', limit: field.max };
  return undefined;
}

function option(field: Field, value: unknown): Fault | undefined {
  return field.options.length === 0 || field.options.some((each) => same(each.value, value)) ? undefined : { code: 'NOT_AN_OPTION', about: 'option' };
}

function list(value: unknown, check: (item: unknown) => Fault | undefined): Fault | undefined {
  if (!Array.isArray(value)) return wrong('list');
  return tooMany(value) ?? first(value, check);
}

function object(field: Field, value: unknown): Fault | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong('object');
  const held = value as Record<string, unknown>;
  return first(field.properties, ({ key, kind }) => (held[key] === null || held[key] === undefined ? undefined : one(field, kind, held[key])));
}

function text(field: Field, value: unknown, kind: Kind): Fault | undefined {
  if (typeof value !== 'string') return wrong('text');
  if (new TextEncoder().encode(value).length > TEXT_BYTES) return { code: 'TOO_LARGE', about: 'bytes', limit: TEXT_BYTES };
  const format = [kind, field.pattern].find((each) => each !== undefined && !holds(each, value));
  if (format) return { code: 'WRONG_FORMAT', about: format, message: field.message };
  return field.regex !== undefined && !matches(field.regex, value) ? { code: 'WRONG_FORMAT', about: 'regex', message: field.message } : undefined;
}

/** The server's expressions are nearly JavaScript's; one that is none here is the server's to judge. */
function matches(regex: string, value: string): boolean {
  try {
    const inline = /^\(\?([ims]+)\)/.exec(regex);
    return new RegExp(inline ? regex.slice(inline[0].length) : regex, `u${inline?.[1] ?? ''}`).test(value);
  } catch {
    return true;
  }
}

/** The formats of installations/format.rs. */
function holds(kind: Kind, value: string): boolean {
  switch (kind) {
    case 'email':
      return isEmail(value);
    case 'url':
      return isUrl(value);
    case 'phone': {
      const digits = value.replace(/\D/g, '').length;
      return /^\+?[\d\-. ()/]*$/.test(value) && digits >= 5 && digits <= 20;
    }
    case 'timezone':
      return isTimezone(value);
    case 'time':
      return /^([01]?\d|2[0-3]):[0-5]\d$/.test(value);
    case 'json':
      return isJson(value);
    default:
      return true;
  }
}

function isEmail(value: string): boolean {
  const at = value.lastIndexOf('@');
  const [local, host] = [value.slice(0, Math.max(at, 0)), value.slice(at + 1)];
  const parts = host.split('.');
  return at > 0 && local.length <= 64 && value.length <= 254 && !local.includes('@') && !/[\s\p{Cc}]/u.test(value) && parts.length > 1 && parts.every((part) => part !== '' && !part.startsWith('-') && !part.endsWith('-'));
}

function isUrl(value: string): boolean {
  try {
    const url = new URL(value);
    return (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '';
  } catch {
    return false;
  }
}

function isTimezone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return !/^[+-]/.test(value);
  } catch {
    return false;
  }
}

function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

function tooMany(items: readonly unknown[]): Fault | undefined {
  return items.length > LIST_ITEMS ? { code: 'TOO_LARGE', about: 'items', limit: LIST_ITEMS } : undefined;
}

function wrong(about: string): Fault {
  return { code: 'WRONG_TYPE', about };
}

function first<T>(items: readonly T[], check: (item: T) => Fault | undefined): Fault | undefined {
  for (const item of items) {
    const found = check(item);
    if (found) return found;
  }
  return undefined;
}

/** `Grüße aus Köln!` → `grusse-aus-koln`. */
export function slugify(text: string): string {
  return String(text)
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/ß/g, 'ss')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
}

/** At most `max` characters, the suffix included. */
export function truncate(text: string, max: number, suffix = '...'): string {
  if (text.length <= max) {
    return text;
  }
  return text.slice(0, Math.max(0, max - suffix.length)) + suffix.slice(0, max);
}

/** First letter in upper case. */
export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** First letter of each word in upper case, the others in lower case. */
export function titleCase(text: string): string {
  return text.toLowerCase().replace(/(^|[\s-])(\S)/g, (_, before: string, letter: string) => before + letter.toUpperCase());
}

/** Replaces `{{word}}` (or `{{a.b}}`) by the member of `data`; unknown ones by nothing. */
export function template(text: string, data: Record<string, unknown>): string {
  return text.replace(/\{\{\s*([\w.$-]+)\s*\}\}/g, (_, path: string) => {
    let value: any = data;
    for (const part of path.split('.')) {
      value = value?.[part];
    }
    return value === undefined || value === null ? '' : String(value);
  });
}

/** `some_field-name` → `someFieldName`. */
export function toCamelCase(text: string): string {
  return text.replace(/[-_\s]+(.)?/g, (_, letter?: string) => (letter ?? '').toUpperCase());
}

/** Parses JSON; `fallback` (undefined by default) when it is none. */
export function parseJSON<T = any>(text: string, fallback?: T): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return fallback;
  }
}

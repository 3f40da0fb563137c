import type { Files, Remark } from '../source';

/** One finding of the server. */
export interface Finding {
  field: string;
  code: string;
  message: string;
  suggestion?: string | null;
}

/** Finds a member of the definition in the source; the language service does. */
export type Locate = (path: string, member: string) => Promise<{ from: number; to: number } | null>;

/**
 * The server's findings at their places: `file:line:column` as it is, a member of the definition (`trigger.cron`) where the entry
 * writes it down, anything else at the beginning of the entry, so that nothing is lost.
 */
export async function placed(findings: readonly Finding[], files: Files, entry: string, severity: Remark['severity'], locate: Locate): Promise<Remark[]> {
  return Promise.all(
    findings.map(async ({ field, code, message, suggestion }) => {
      const said = { severity, code, message, advice: suggestion ?? undefined };
      const place = placeOf(field, files);
      if (place) return { ...said, ...place };
      const member = field === '' ? null : await locate(entry, field).catch(() => null);
      // A member that is nowhere written is named: it may be what is missing.
      const named = member || field === '' || message.includes(field) ? message : `${field}: ${message}`;
      return { ...said, message: named, path: entry, ...(member ?? { from: 0, to: 0 }) };
    }),
  );
}

/** `workflow.ts:3:7` or `workflow.ts`; undefined for what is no file of these. */
export function placeOf(field: string, files: Files): { path: string; from: number; to: number } | undefined {
  if (Object.hasOwn(files, field)) return { path: field, from: 0, to: 0 };
  const parts = /^(.+?):(\d+)(?::(\d+))?$/.exec(field);
  const path = parts?.[1];
  if (path === undefined || !Object.hasOwn(files, path)) return undefined;
  const from = offset(files[path] ?? '', Number(parts?.[2]), Number(parts?.[3] ?? 1));
  return { path, from, to: from };
}

/** Lines and columns count from 1, columns in UTF-16 units; a place beyond the text is its end. */
export function offset(text: string, line: number, column: number): number {
  let start = 0;
  for (let at = 1; at < line; at += 1) {
    const end = text.indexOf('\n', start);
    if (end < 0) return text.length;
    start = end + 1;
  }
  const end = text.indexOf('\n', start);
  return Math.min(start + Math.max(column, 1) - 1, end < 0 ? text.length : end);
}

/** The line and column of a place, for people. */
export function lineOf(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at);
  return { line: before.split('\n').length, column: at - (before.lastIndexOf('\n') + 1) + 1 };
}

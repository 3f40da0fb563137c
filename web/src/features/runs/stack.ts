/** One line of a stack, in the author's own files where the server could map it. */
export interface Frame {
  name: string;
  file: string;
  line: number;
  column: number;
  /** Of the author; others are the SDK's and the engine's. */
  own: boolean;
}

/** Reads `    at helper (src/workflow.ts:10:9)`, line by line; what is no place is left out. */
export function framesOf(stack: string): Frame[] {
  return stack.split('\n').flatMap((text) => {
    const at = /^\s*at\s+(?:(.*?)\s*\()?([^()\s]+):(\d+):(\d+)\)?\s*$/.exec(text);
    if (!at) return [];
    const [, name, file = '', line, column] = at;
    const isInner = file.startsWith('@millrace/') || file.startsWith('millrace:') || file.startsWith('<');
    return [{ name: name && name !== '<anonymous>' ? name : '', file, line: Number(line), column: Number(column), own: !isInner }];
  });
}

export type Advice = 'workflow' | 'outage' | 'config' | 'auth' | 'limit' | 'path' | 'platform';

const known: ReadonlyArray<[RegExp, Advice]> = [
  [/^NON_DETERMINISTIC$/, 'path'],
  [/^(CPU|MEMORY|STACK|CALL)_LIMIT$|_TOO_LARGE$|^TOO_|^QUOTA_EXCEEDED$|^SPEND_CAP_REACHED$|^INVOKE_TOO_DEEP$/, 'limit'],
  [/^invalid_config$|^INVALID_CONFIG$|^INSTALLATION_|^ACCESS_DENIED$/, 'config'],
  [/^auth_|^CREDENTIALS_|^CONNECTION_/, 'auth'],
  [/^EGRESS_|^rate_limited$|^RATE_LIMITED$|^timeout$|^network|^unavailable$|^provider|^unknown$|^server_error$/, 'outage'],
  [/^SANDBOX_|^UNAVAILABLE$|^RUN_LOST$|^INTERNAL|^internal$|^PAYLOAD_/, 'platform'],
];

/** What to do about a failure, by its stable code. */
export function adviceOf(code: string): Advice {
  return known.find(([pattern]) => pattern.test(code))?.[1] ?? 'workflow';
}

/** Lines before and after the one in question. */
const AROUND = 4;

/** Some lines of a source around one, with their numbers. */
export function excerpt(source: string, line: number): Array<{ number: number; text: string }> {
  const lines = source.split('\n');
  const from = Math.max(1, line - AROUND);
  return lines.slice(from - 1, line + AROUND).map((text, index) => ({ number: from + index, text: text.replace(/\r$/, '') }));
}

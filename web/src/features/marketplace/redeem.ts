import { isProblem } from '../../api/problem';

const known = ['INVALID_CODE', 'CODE_EXPIRED', 'CODE_REVOKED', 'CODE_EXHAUSTED', 'RATE_LIMITED'] as const;

/** Why a code did not open anything, as a word of the catalogue; undefined where the server's own sentence says it best. */
export function codeRefusal(error: unknown): (typeof known)[number] | undefined {
  return isProblem(error) ? known.find((code) => code === error.code) : undefined;
}

/** A code as people read it to each other: trimmed, in capital letters, without what cannot be in one. */
export function tidyCode(typed: string): string {
  return typed.trim().toUpperCase().replace(/\s+/g, '');
}

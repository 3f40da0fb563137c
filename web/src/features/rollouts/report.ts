import type { Schema } from '../../api/types';

type Answer = Schema<'RehearsalAnswer'>;
type Found = Answer['differences'][number];

/** In what way a run would leave its recorded course. */
export type Way = 'other_call' | 'other_arguments' | 'new_call' | 'ended_early' | 'waits' | 'other_end' | 'unknown';

/** One place of a call's arguments that is not the same. `undefined`: it is not there. */
export interface Change {
  path: string;
  was: unknown;
  now: unknown;
}

/** A run that would go otherwise, as a row. */
export interface Row {
  key: string;
  run: string | undefined;
  way: Way;
  seq: number;
  was: string | undefined;
  now: string | undefined;
  /** What differs in the arguments, where both are told. */
  changes: readonly Change[];
  ended: string;
  ends: string | undefined;
  code: string | undefined;
}

export interface Report {
  played: number;
  /** Installations that would not go over. */
  blocked: number;
  /** Nothing would go otherwise, and nobody would stay behind. */
  clean: boolean;
  codes: ReadonlyArray<{ code: string; count: number }>;
  rows: readonly Row[];
}

/** What a rehearsal found, as people look at it. */
export function reportOf(answer: Answer): Report {
  const blocked = answer.installations.fail + answer.installations.need_review;
  const codes = Object.entries(answer.installations.codes).map(([code, count]) => ({ code, count }));
  return {
    played: answer.runs.same + answer.runs.differ,
    blocked,
    clean: answer.runs.differ === 0 && blocked === 0,
    codes: codes.sort((a, b) => b.count - a.count || a.code.localeCompare(b.code)),
    rows: answer.differences.map(rowOf),
  };
}

function rowOf(found: Found, place: number): Row {
  const way = wayOf(found);
  const told = way === 'other_arguments' && hasArguments(found.recorded) && hasArguments(found.now);
  return {
    key: `${place} ${found.run_id ?? ''}`,
    run: found.run_id ?? undefined,
    way,
    seq: found.seq ?? 0,
    was: found.recorded?.kind,
    now: found.now?.kind,
    changes: told ? changesOf(found.recorded?.args, found.now?.args) : [],
    ended: found.ended,
    ends: found.ends ?? undefined,
    code: found.code ?? undefined,
  };
}

function wayOf(found: Found): Way {
  const { recorded, now, does } = found;
  if (found.seq === undefined || found.seq === null) return 'other_end';
  if (does === 'waits') return 'waits';
  if (does === 'ended') return 'ended_early';
  if (now && !recorded) return 'new_call';
  if (now && recorded) return now.kind === recorded.kind ? 'other_arguments' : 'other_call';
  return 'unknown';
}

function hasArguments(call: { args?: unknown } | null | undefined): boolean {
  return call?.args !== undefined && call.args !== null;
}

/** The places in which two values differ, the outermost of each: `body.items[2].price`. */
export function changesOf(was: unknown, now: unknown, path = ''): Change[] {
  if (Object.is(was, now)) return [];
  if (Array.isArray(was) && Array.isArray(now)) {
    const length = Math.max(was.length, now.length);
    return Array.from({ length }, (_, index) => index).flatMap((index) => changesOf(was[index], now[index], `${path}[${index}]`));
  }
  if (isRecord(was) && isRecord(now)) {
    const keys = [...new Set([...Object.keys(was), ...Object.keys(now)])];
    return keys.flatMap((key) => changesOf(was[key], now[key], path === '' ? key : `${path}.${key}`));
  }
  // Bodies travel as text: what is JSON on both sides is compared as such.
  const [before, after] = [jsonIn(was), jsonIn(now)];
  if (before !== undefined && after !== undefined) {
    const inside = changesOf(before, after, path);
    return inside.length > 0 ? inside : [{ path, was, now }];
  }
  return [{ path, was, now }];
}

/** The object or list that a text holds, if it holds one. */
function jsonIn(value: unknown): object | undefined {
  if (typeof value !== 'string' || !/^\s*[{[]/.test(value)) return undefined;
  try {
    return JSON.parse(value) as object;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

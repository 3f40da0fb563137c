import type { Schema } from '../../api/types';

type Entry = Schema<'JournalEntry'>;
type Wait = Schema<'OpenWait'>;

/** What an effect is to the reader: decides its icon, its filter, and whether its time is work or waiting. */
export type Group = 'http' | 'integration' | 'storage' | 'ai' | 'timer' | 'event' | 'approval' | 'child' | 'batch' | 'other';
export type State = 'ok' | 'failed' | 'open';

/** One call of a run as the page draws it. */
export interface Row {
  /** Number in the order asked: the same while the call is open and after it has completed. */
  seq: number;
  group: Group;
  /** What was called: `zoom.getMeeting`, `fetch POST`. */
  name: string;
  /** With what, in short. */
  about: string;
  /** How it ended, in short. */
  result: string;
  state: State;
  /** Epoch milliseconds, with fractions. An open call has no end. */
  start: number;
  end: number | undefined;
  /** When an open wait ends by itself. */
  due: number | undefined;
  /** Requests that a connector sent for this one call. */
  requests: number;
  /** Set where the program asked the same again because it had failed. */
  attempt: { number: number; of: readonly number[] } | undefined;
  entry: Entry | undefined;
  wait: Wait | undefined;
}

const groups: Record<string, Group> = {
  fetch: 'http', integration: 'integration', 'integration.request': 'integration', ai: 'ai', 'ai.embed': 'ai',
  timer: 'timer', event: 'event', approval: 'approval', invoke: 'child', child: 'child', 'batch.result': 'batch',
};

/** Groups whose time is waited, not worked. */
const waiting: ReadonlySet<Group> = new Set(['timer', 'event', 'approval', 'child']);

export function isWaiting(group: Group): boolean {
  return waiting.has(group);
}

export function groupOf(kind: string): Group {
  if (kind.startsWith('storage.') || kind.startsWith('kv.')) return 'storage';
  return groups[kind] ?? 'other';
}

/** Completed calls and open waits in the order in which the program asked for them. */
export function rowsOf(entries: readonly Entry[], waits: readonly Wait[]): Row[] {
  const rows = entries.map(rowOf);
  const known = new Set(rows.map((row) => row.seq));
  // A wait that has just been answered can stand in both for one answer of the API.
  for (const wait of waits) if (!known.has(wait.seq)) rows.push(opened(wait));
  rows.sort((a, b) => a.seq - b.seq);
  return withAttempts(rows);
}

/** What has completed does not change: a live journal of thousands is read once, and what is new is added. */
const drawn = new WeakMap<Entry, Row>();

function rowOf(entry: Entry): Row {
  const known = drawn.get(entry) ?? completed(entry);
  drawn.set(entry, known);
  return known;
}

function completed(entry: Entry): Row {
  const { name, about } = describe(entry.kind, entry.args);
  return {
    seq: entry.seq, group: groupOf(entry.kind), name, about, result: resultOf(entry), state: failed(entry) ? 'failed' : 'ok',
    start: instant(entry.started_at), end: instant(entry.finished_at), due: undefined, requests: requestsOf(entry), attempt: undefined, entry, wait: undefined,
  };
}

function opened(wait: Wait): Row {
  return {
    seq: wait.seq, group: groupOf(wait.kind), name: wait.kind, about: wait.key, result: '', state: 'open',
    start: instant(wait.since), end: undefined, due: wait.due_at ? instant(wait.due_at) : undefined, requests: 0, attempt: undefined, entry: undefined, wait,
  };
}

/** Epoch milliseconds with the fraction that `Date` cuts off: calls of one millisecond still have an order. */
export function instant(text: string): number {
  const whole = Date.parse(text);
  const fraction = /\.(\d+)/.exec(text)?.[1];
  return fraction === undefined || fraction.length <= 3 ? whole : whole + Number(`0.${fraction.slice(3)}`);
}

/** Also where the program was given a value: a refused integration call, a service that says that it is down or busy. */
export function failed(entry: Pick<Entry, 'kind' | 'ok' | 'outcome'>): boolean {
  if (!entry.ok) return true;
  const told = member(entry.outcome);
  if (entry.kind === 'integration') return told.success === false;
  if (entry.kind !== 'fetch' && entry.kind !== 'integration.request') return false;
  const status = told.status;
  return typeof status === 'number' && (status >= 500 || status === 408 || status === 429);
}

const telling = ['key', 'name', 'title', 'workflow', 'model', 'batch', 'until', 'ms'] as const;

/** What was called, and with what, in one line. */
export function describe(kind: string, args: unknown): { name: string; about: string } {
  const given = member(args);
  const word = (value: unknown, otherwise = '–') => (typeof value === 'string' ? value : otherwise);
  switch (kind) {
    case 'fetch':
      return { name: `fetch ${word(given.method, 'GET')}`, about: word(given.url) };
    case 'integration':
      return { name: `${word(given.service)}.${word(given.operation)}`, about: line(given.args) };
    case 'integration.request':
      return { name: `${word(given.service)} ${word(given.method, '') || 'GET'}`, about: word(given.path) };
    case 'timer':
      return { name: 'sleep', about: typeof given.until === 'number' ? new Date(given.until).toISOString() : typeof given.ms === 'number' ? `${given.ms} ms` : '' };
    default: {
      const key = telling.find((each) => given[each] !== undefined && given[each] !== null);
      return { name: kind, about: key === undefined ? '' : line(given[key]) };
    }
  }
}

/** A status, the message of an error, or the value. */
export function resultOf(entry: Pick<Entry, 'ok' | 'outcome'>): string {
  const told = member(entry.outcome);
  if (entry.ok && typeof told.status === 'number') return String(told.status);
  const error = entry.ok ? member(told.error) : told;
  if (typeof error.message === 'string') return cut(error.message);
  if ('success' in told) return line(told.data);
  return entry.outcome === null || entry.outcome === undefined ? '' : line(entry.outcome);
}

/** How many requests left for one call of a connector, as its outcome says. */
function requestsOf(entry: Entry): number {
  const attempts = member(member(entry.outcome).metadata).attempts;
  return typeof attempts === 'number' ? attempts : 1;
}

/** How far apart, in calls, a request and its repetition may stand: others go on in between. */
const APART = 50;

/** Finds requests that the program repeated after a failure: the same kind and arguments again. */
export function withAttempts(rows: Row[]): Row[] {
  const failures = new Map<string, { seqs: number[]; at: number }>();
  const chains: number[][] = [];
  const chainOf = new Map<number, number[]>();
  rows.forEach((row, at) => {
    if (!row.entry || isWaiting(row.group) || row.group === 'batch') return;
    // Most calls have never failed before: comparing costs nothing for them.
    for (const [key, failure] of failures) if (at - failure.at > APART) failures.delete(key);
    if (row.state !== 'failed' && failures.size === 0) return;
    const key = `${row.entry.kind} ${JSON.stringify(row.entry.args)}`;
    const before = failures.get(key);
    const last = before && rows[before.at];
    // What ran side by side is no repetition.
    const repeats = before !== undefined && last?.end !== undefined && last.end <= row.start;
    const seqs = repeats ? [...before.seqs, row.seq] : [row.seq];
    if (row.state === 'failed') failures.set(key, { seqs, at });
    else failures.delete(key);
    if (!repeats) return;
    const chain = chainOf.get(before.seqs[0] ?? row.seq) ?? [];
    if (chain.length === 0) chains.push(chain);
    chain.splice(0, chain.length, ...seqs);
    chainOf.set(seqs[0] ?? row.seq, chain);
  });
  if (chains.length === 0) return rows;
  const places = new Map<number, { number: number; of: readonly number[] }>();
  for (const of of chains) of.forEach((seq, at) => places.set(seq, { number: at + 1, of }));
  return rows.map((row) => ({ ...row, attempt: places.get(row.seq) }));
}

/** The call whose answer the program had when its clock showed `at`: where a log line belongs. */
export function rowAt(rows: readonly Row[], at: string): Row | undefined {
  const clock = Math.floor(instant(at));
  let found: Row | undefined;
  for (const row of rows) {
    if (row.end === undefined || Math.floor(row.end) > clock) continue;
    if (found?.end === undefined || row.end >= found.end) found = row;
  }
  return found ?? rows[0];
}

/** Which rows to show. */
export interface Sieve {
  text: string;
  groups: readonly Group[];
  failed: boolean;
}

export function sift(rows: readonly Row[], { text, groups, failed }: Sieve): readonly Row[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '' && groups.length === 0 && !failed) return rows;
  return rows.filter((row) => {
    if (failed && row.state !== 'failed') return false;
    if (groups.length > 0 && !groups.includes(row.group)) return false;
    return wanted === '' || `${row.name} ${row.about} ${row.result} ${row.entry?.kind ?? ''}`.toLowerCase().includes(wanted);
  });
}

function member(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Characters of a value in one line. */
const LINE = 120;

function cut(text: string): string {
  return text.length > LINE ? `${text.slice(0, LINE)}…` : text;
}

function line(value: unknown): string {
  if (value === undefined) return '';
  return cut(typeof value === 'string' ? value : JSON.stringify(value));
}

/** Why a call failed: what it was rejected with, or what its answer says. */
export function errorOf(row: Row): { message: string; code: string | undefined } | undefined {
  if (row.state !== 'failed' || !row.entry) return undefined;
  const told = member(row.entry.outcome);
  const error = row.entry.ok ? member(told.error) : told;
  const message = typeof error.message === 'string' ? error.message : row.result;
  return { message, code: typeof error.code === 'string' ? error.code : undefined };
}

/** The call whose failure ended the run: the last failed one that says what the run's error says. */
export function fatalRow(rows: readonly Row[], error: { message?: unknown } | null | undefined): Row | undefined {
  const message = error?.message;
  if (typeof message !== 'string' || message === '') return undefined;
  return rows.findLast((row) => row.state === 'failed' && errorOf(row)?.message === message);
}

import { spans } from './spans';

/** What the lines of an export hold (docs/audit.md, "The export's format"). */
export interface Header {
  format: string;
  version: number;
  tenant: string;
  exported_at: string;
  from: string | null;
  to: string | null;
  first: number;
  previous: string;
  start: SignedHead | null;
  keys: PublicKey[];
}

export interface PublicKey {
  fingerprint: string;
  algorithm: string;
  public_key: string;
}

export interface Head {
  tenant: string;
  seq: number;
  hash: string;
  at: string;
  key: string;
}

interface SignedHead {
  head: Head;
  signature: string;
}

export interface Personal {
  of: 'actor' | 'person';
  commitment: string;
  opening: { salt: string; value: string } | null;
}

export interface Row {
  seq: number;
  at: string;
  action: string;
  outcome: string;
  actor: { type: string; id: string | null; session: string | null };
  resource: { type: string; id: string };
  person: string | null;
  request_id: string | null;
  metadata: unknown;
  personal: Record<string, Personal>;
}

export interface Trailer {
  tenant: string;
  header: string;
  first: number;
  rows: number;
  last: number;
  hash: string;
  at: string;
  key: string;
}

/** A line whose spelling is not the one an export has. */
export class Misspelled extends Error {}

type Shape = Readonly<Record<string, (value: unknown) => string>>;

/** Writes an object with exactly these members in this order, as the exporter does; throws where one is missing, too many or of another kind. */
function object(shape: Shape): (value: unknown) => string {
  const names = Object.keys(shape);
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Misspelled('an object is expected');
    const given = value as Record<string, unknown>;
    if (Object.keys(given).length !== names.length) throw new Misspelled('it has other members than an export writes');
    return `{${names.map((name) => {
      if (!Object.hasOwn(given, name)) throw new Misspelled(`\`${name}\` is missing`);
      return `${JSON.stringify(name)}:${shape[name]!(given[name])}`;
    }).join(',')}}`;
  };
}

const text = (value: unknown) => {
  if (typeof value !== 'string') throw new Misspelled('a text is expected');
  return JSON.stringify(value);
};
const count = (value: unknown) => {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Misspelled('a number is expected');
  return String(value);
};
const hash = (value: unknown) => {
  if (typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(value)) throw new Misspelled('64 hex digits are expected');
  return text(value);
};
const instant = (value: unknown) => {
  if (typeof value !== 'string') throw new Misspelled('an instant is expected');
  micros(value);
  return text(value);
};
const maybe = (write: (value: unknown) => string) => (value: unknown) => (value === null ? 'null' : write(value));
const list = (write: (value: unknown) => string) => (value: unknown) => {
  if (!Array.isArray(value)) throw new Misspelled('a list is expected');
  return `[${value.map(write).join(',')}]`;
};
const whose = (value: unknown) => {
  if (value !== 'actor' && value !== 'person') throw new Misspelled('whose a value is must be `actor` or `person`');
  return text(value);
};
/** A map is written in the order of its names' bytes. */
const map = (write: (value: unknown) => string) => (value: unknown) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Misspelled('an object is expected');
  return `{${byBytes(Object.entries(value)).map(([name, each]) => `${JSON.stringify(name)}:${write(each)}`).join(',')}}`;
};

/** Sorted as the exporter sorts: by the bytes of the name, which is by its code points. */
export function byBytes<T>(entries: ReadonlyArray<[string, T]>): Array<[string, T]> {
  const points = (name: string) => [...name].map((sign) => sign.codePointAt(0) ?? 0);
  return entries.toSorted(([a], [b]) => {
    const [left, right] = [points(a), points(b)];
    const at = left.findIndex((point, place) => point !== right[place]);
    return at < 0 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? -1);
  });
}

export const writeHead = object({ tenant: text, seq: count, hash, at: instant, key: text });
const writeKey = object({ fingerprint: text, algorithm: text, public_key: text });
export const writeHeader = object({
  format: text, version: count, tenant: text, exported_at: instant, from: maybe(instant), to: maybe(instant), first: count, previous: hash,
  start: maybe(object({ head: writeHead, signature: text })), keys: list(writeKey),
});
export const writeTrailer = object({ tenant: text, header: text, first: count, rows: count, last: count, hash, at: instant, key: text });
const personal = object({ of: whose, commitment: text, opening: maybe(object({ salt: text, value: text })) });

/** The row of a line, with the text of its facts as it stands. */
export function readRow(line: string): { row: Row; metadata: string; hash: string } {
  const parsed = parse(line) as { row?: Row; hash?: string };
  const rowSpan = spans(line).get('row');
  const outer = rowSpan && line.slice(...rowSpan);
  const span = outer === undefined ? undefined : spans(outer).get('metadata');
  if (outer === undefined || span === undefined) throw new Misspelled('it is no row');
  const metadata = outer.slice(...span);
  const writeRow = object({
    seq: count, at: instant, action: text, outcome: text,
    actor: object({ type: text, id: maybe(text), session: maybe(text) }),
    resource: object({ type: text, id: text }),
    person: maybe(text), request_id: maybe(text), metadata: () => metadata, personal: map(personal),
  });
  same(line, object({ row: writeRow, hash: text })(parsed));
  return { row: parsed.row!, metadata, hash: parsed.hash! };
}

export function readHeader(line: string): { header: Header; check: string; text: string } {
  const parsed = parse(line) as { header: Header; check: string };
  same(line, object({ header: writeHeader, check: text })(parsed));
  return { ...parsed, text: writeHeader(parsed.header) };
}

export function readTrailer(line: string): { trailer: Trailer; signature: string; text: string } {
  const parsed = parse(line) as { trailer: Trailer; signature: string };
  same(line, object({ trailer: writeTrailer, signature: text })(parsed));
  return { ...parsed, text: writeTrailer(parsed.trailer) };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new Misspelled('it is not what an export writes');
  }
}

function same(line: string, again: string): void {
  if (line !== again) throw new Misspelled('it is spelled otherwise than an export spells it');
}

/** Microseconds since 1970 of `2026-01-02T03:04:05.678901Z`, the one spelling that an export has. */
export function micros(at: string): bigint {
  const found = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{6})Z$/.exec(at);
  const whole = found ? Date.parse(`${found[1]}Z`) : NaN;
  if (!found || Number.isNaN(whole) || new Date(whole).toISOString().slice(0, 19) !== found[1]) throw new Misspelled('an instant is expected');
  return BigInt(whole) * 1000n + BigInt(found[2]!);
}

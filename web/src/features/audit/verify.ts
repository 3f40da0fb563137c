import { byBytes, micros, Misspelled, readHeader, readRow, readTrailer, writeHead, type Header, type Row } from './format';

/** What a good export proves. */
export interface Report {
  tenant: string;
  rows: number;
  first: number;
  last: number;
  exportedAt: string;
  /** The fingerprint of the key that signed it. */
  key: string;
  /** Whether the signature was checked; false where the browser cannot check Ed25519. */
  signed: boolean;
  fromTheBeginning: boolean;
  /** When older rows were dropped: the last of them, whose hash a signed head fixes. */
  droppedUntil: number | undefined;
  /** Rows of which personal values were erased. */
  erased: number;
}

/** The first thing that is wrong with an export. */
export class Fault extends Error {
  constructor(readonly line: number, readonly place: 'header' | 'row' | 'trailer', readonly reason: string, readonly seq?: number) {
    super(reason);
    this.name = 'Fault';
  }
}

const encoder = new TextEncoder();
const bytesOf = (text: string) => encoder.encode(text);
const hex = (bytes: ArrayBuffer | Uint8Array) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const unhex = (text: string) => (/^(?:[0-9a-f]{2})*$/.test(text) ? Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16)) : undefined);

async function sha256(bytes: Uint8Array): Promise<string> {
  return hex(await crypto.subtle.digest('SHA-256', bytes as BufferSource));
}

/** What is hashed: lengths first, so that no two rows share an encoding. */
class Fields {
  private parts: Uint8Array[] = [];
  raw(bytes: Uint8Array): this {
    this.parts.push(bytes);
    return this;
  }
  number(value: bigint): this {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigInt64(0, value);
    return this.raw(bytes);
  }
  text(value: string): this {
    const bytes = bytesOf(value);
    return this.number(BigInt(bytes.length)).raw(bytes);
  }
  optional(value: string | null): this {
    return this.raw(Uint8Array.of(value === null ? 0 : 1)).text(value ?? '');
  }
  hash(): Promise<string> {
    const all = new Uint8Array(this.parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.parts) {
      all.set(part, at);
      at += part.length;
    }
    return sha256(all);
  }
}

/** The hash of a row over the one before it, its workspace, and everything in it but salts and personal values. */
export function rowHash(row: Row, metadata: string, tenant: string, previous: string): Promise<string> {
  const fields = new Fields().raw(bytesOf('millrace audit row 1\0')).raw(unhex(previous) ?? new Uint8Array());
  fields.text(tenant).number(BigInt(row.seq)).number(micros(row.at)).text(row.action).text(row.outcome);
  fields.text(row.actor.type).optional(row.actor.id).optional(row.actor.session).text(row.resource.type).text(row.resource.id);
  fields.optional(row.person).optional(row.request_id).text(metadata);
  const personal = byBytes(Object.entries(row.personal));
  fields.number(BigInt(personal.length));
  for (const [name, each] of personal) fields.text(name).text(each.of).text(each.commitment);
  return fields.hash();
}

/** What stands for the hash before a chain's first row. */
export function genesis(tenant: string): Promise<string> {
  return sha256(bytesOf(`millrace audit chain 1\0${tenant}`));
}

function commitment(name: string, opening: { salt: string; value: string }): Promise<string> {
  return new Fields().raw(bytesOf('millrace audit personal 1\0')).text(name).text(opening.salt).text(opening.value).hash();
}

/** Whether this key signed; undefined where the browser does not know such keys. */
async function verifies(publicKey: string, domain: string, text: string, signature: string): Promise<boolean | undefined> {
  const [raw, given] = [unhex(publicKey), unhex(signature)];
  if (!raw || !given) return false;
  let key: CryptoKey;
  try {
    key = await crypto.subtle.importKey('raw', raw, { name: 'Ed25519' }, false, ['verify']);
  } catch (error) {
    if (error instanceof Error && error.name === 'NotSupportedError') return undefined;
    return false;
  }
  return crypto.subtle.verify({ name: 'Ed25519' }, key, given, bytesOf(`${domain}\n${text}`));
}

/**
 * Reads an export from front to back and names the first line that is wrong. With `pin`, the key of this fingerprint must
 * have signed it. `seen` hears how many rows were checked.
 */
export async function verify(lines: AsyncIterable<string>, pin?: string, seen?: (rows: number) => void): Promise<Report> {
  let number = 0;
  let state: State | undefined;
  let report: Report | undefined;
  for await (const line of lines) {
    number += 1;
    if (report) throw new Fault(number, 'trailer', 'something follows the trailer');
    if (!state) {
      state = await at(number, 'header', undefined, () => begin(line));
    } else if (line.startsWith('{"trailer":')) {
      const known = state;
      report = await at(number, 'trailer', undefined, () => end(known, line, pin));
    } else {
      const known = state;
      await at(number, 'row', known.next, () => add(known, line));
      if ((known.next - known.header.first) % 256 === 0) seen?.(known.next - known.header.first);
    }
  }
  if (!state) throw new Fault(1, 'header', 'the file is empty');
  if (!report) throw new Fault(number + 1, 'trailer', 'it is missing: the export was cut off');
  return report;
}

interface State {
  header: Header;
  headerHash: string;
  next: number;
  hash: string;
  erased: number;
  signed: boolean;
}

async function at<T>(line: number, place: Fault['place'], seq: number | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Misspelled || error instanceof SyntaxError) throw new Fault(line, place, error.message, seq);
    throw error;
  }
}

function refuse(reason: string): never {
  throw new Misspelled(reason);
}

async function begin(line: string): Promise<State> {
  const { header, check, text } = readHeader(line);
  if (header.format !== 'millrace-audit-export' || header.version !== 1) refuse(`this is ${header.format} ${header.version}, not millrace-audit-export 1`);
  if ((await sha256(bytesOf(text))) !== check) refuse('it was changed: its check does not fit');
  if (header.first === 0) refuse('rows are counted from 1');
  if (header.first === 1 && header.previous !== (await genesis(header.tenant))) refuse('the hash before the first row is not that of an empty log');
  for (const key of header.keys) {
    const raw = unhex(key.public_key);
    if (!raw || (await sha256(raw)).slice(0, 32) !== key.fingerprint) refuse(`key ${key.fingerprint} is not the one of that fingerprint`);
  }
  let signed = true;
  if (header.start) {
    const { head, signature } = header.start;
    const key = header.keys.find((each) => each.fingerprint === head.key) ?? refuse('the key of its starting head is not in it');
    const good = await verifies(key.public_key, 'millrace audit head 1', writeHead(head), signature);
    if (good === false) refuse('the signature of its starting head is wrong');
    signed = good === true;
    if (head.tenant !== header.tenant || head.seq + 1 !== header.first || head.hash !== header.previous) refuse('its starting head is not the row before its first');
  }
  return { header, headerHash: await sha256(bytesOf(line)), next: header.first, hash: header.previous, erased: 0, signed };
}

async function add(state: State, line: string): Promise<void> {
  const { row, metadata, hash } = readRow(line);
  if (row.seq !== state.next) refuse(`row ${row.seq} stands where row ${state.next} belongs: rows are missing or out of order`);
  let erased = false;
  for (const [name, each] of Object.entries(row.personal)) {
    if (!each.opening) erased = true;
    else if ((await commitment(name, each.opening)) !== each.commitment) refuse(`its personal value \`${name}\` is not the one that was recorded`);
  }
  const found = await rowHash(row, metadata, state.header.tenant, state.hash);
  if (found !== hash) refuse('its hash does not fit: it, or a row before it, is not as it was recorded');
  state.hash = found;
  state.next += 1;
  if (erased) state.erased += 1;
}

async function end(state: State, line: string, pin: string | undefined): Promise<Report> {
  const { trailer, signature, text } = readTrailer(line);
  const { header } = state;
  const key = header.keys.find((each) => each.fingerprint === trailer.key) ?? refuse('its key is not in the header');
  if (pin !== undefined && pin !== trailer.key) refuse(`it was signed by key ${trailer.key}, not by ${pin}`);
  const good = await verifies(key.public_key, 'millrace audit trailer 1', text, signature);
  if (good === false) refuse('its signature is wrong');
  if (trailer.header !== state.headerHash || trailer.tenant !== header.tenant || trailer.first !== header.first) refuse('it belongs to another header');
  const rows = state.next - header.first;
  if (trailer.rows !== rows || trailer.last !== state.next - 1) refuse(`it speaks of ${trailer.rows} rows up to ${trailer.last}, there are ${rows} up to ${state.next - 1}`);
  if (trailer.hash !== state.hash) refuse('the last row is not the one that was signed');
  return {
    tenant: header.tenant, rows, first: header.first, last: state.next - 1, exportedAt: header.exported_at, key: trailer.key, signed: good === true && state.signed,
    fromTheBeginning: header.first === 1, droppedUntil: header.start?.head.seq, erased: state.erased,
  };
}

import { readFileSync } from 'node:fs';
import { webcrypto } from 'node:crypto';
import { beforeAll, describe, expect, test, vi } from 'vitest';

import { byBytes, micros } from './format';
import { linesOf } from './lines';
import { spans } from './spans';
import { Fault, verify } from './verify';

// An export of a real server: the exporter is written in another language, and both must agree on every byte.
const real = readFileSync(`${import.meta.dirname}/export.fixture.ndjson`);

beforeAll(() => void vi.stubGlobal('crypto', webcrypto));

const stream = (bytes: Uint8Array, size = 997) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
      controller.close();
    },
  });
const check = (bytes: Uint8Array, pin?: string) => verify(linesOf(stream(bytes)), pin);
const faultOf = async (bytes: Uint8Array, pin?: string) => {
  const fault = await check(bytes, pin).then(() => undefined, (error: unknown) => error);
  expect(fault).toBeInstanceOf(Fault);
  return fault as Fault;
};
const text = real.toString('utf8');
const changed = (from: string, to: string) => {
  expect(text).toContain(from);
  return Buffer.from(text.replace(from, to));
};
const lines = text.split('\n');
const without = (at: number) => Buffer.from(lines.filter((_, line) => line !== at).join('\n'));

describe('an export that the server made', () => {
  test('proves itself', async () => {
    const report = await check(real);
    expect(report).toMatchObject({ rows: lines.length - 3, first: 1, fromTheBeginning: true, signed: true, erased: 0 });
  });

  test('proves itself with the key that one knows, and not with another', async () => {
    const { key } = await check(real);
    expect((await check(real, key)).key).toBe(key);
    expect((await faultOf(real, '0'.repeat(32))).place).toBe('trailer');
  });

  test('however it comes in pieces', async () => {
    for (const size of [1, 3, 100_000]) expect((await verify(linesOf(stream(real, size)))).signed).toBe(true);
  });

  test('does not with any byte changed', async () => {
    for (let at = 0; at < real.length; at += 11) {
      const bytes = Uint8Array.from(real);
      bytes[at] = bytes[at]! ^ (1 << (at % 7));
      await faultOf(bytes);
    }
  });
});

describe('what is wrong is named', () => {
  test('a fact of a row', async () => {
    const fault = await faultOf(changed('"role":"member"', '"role":"owner"'));
    expect(fault).toMatchObject({ place: 'row', reason: expect.stringContaining('hash') as string });
    expect(fault.line).toBe((fault.seq ?? 0) + 1);
  });
  test('a personal value', async () => expect((await faultOf(changed('bob@example.com', 'eve@example.com'))).reason).toContain('`email`'));
  test('a row that is missing', async () => expect(await faultOf(without(3))).toMatchObject({ line: 4, place: 'row', seq: 3, reason: expect.stringContaining('row 4 stands where row 3') as string }));
  test('rows that changed places', async () => expect(await faultOf(Buffer.from([lines[0], lines[2], lines[1], ...lines.slice(3)].join('\n')))).toMatchObject({ line: 2 }));
  test('the last row left out', async () => expect(await faultOf(without(lines.length - 3))).toMatchObject({ place: 'trailer' }));
  test('no trailer', async () => expect((await faultOf(without(lines.length - 2))).reason).toContain('cut off'));
  test('no last line feed', async () => expect(await faultOf(real.subarray(0, -1))).toMatchObject({ place: 'trailer', reason: 'the line is cut off' }));
  test('something after the trailer', async () => expect((await faultOf(Buffer.concat([real, Buffer.from('{}\n')]))).reason).toContain('follows'));
  test('a space where none belongs', async () => expect((await faultOf(changed('{"row":{"seq":1,', '{"row":{"seq": 1,'))).reason).toContain('spelled'));
  test('a member put in twice', async () => expect((await faultOf(changed('{"row":{"seq":1,', '{"row":{"seq":1,"seq":1,'))).reason).toContain('spelled'));
  test('an empty file', async () => expect(await faultOf(Buffer.from(''))).toMatchObject({ line: 1, place: 'header' }));
  test('bytes that are no text', async () => expect((await faultOf(Buffer.concat([real.subarray(0, 40), Buffer.from([0xff]), real.subarray(40)]))).reason).toContain('text'));
});

test('without Ed25519 the chain is proven and the signature is not', async () => {
  const { subtle } = webcrypto;
  vi.stubGlobal('crypto', { subtle: { digest: subtle.digest.bind(subtle), importKey: () => Promise.reject(new DOMException('no', 'NotSupportedError')) } });
  expect(await check(real)).toMatchObject({ signed: false, rows: lines.length - 3 });
  vi.stubGlobal('crypto', webcrypto);
});

test('facts are hashed as they are spelled', () => {
  const line = '{"a":{"n":1.0,"s":"}\\"],"},"metadata":{"big":12345678901234567890,"f":1e2, "t":"\\u0007"},"z":[1,{"y":[]}],"l":null}';
  const found = spans(line);
  expect(line.slice(...found.get('metadata')!)).toBe('{"big":12345678901234567890,"f":1e2, "t":"\\u0007"}');
  expect([...found].map(([name, span]) => [name, line.slice(...span)])).toContainEqual(['l', 'null']);
  expect(line.slice(...found.get('z')!)).toBe('[1,{"y":[]}]');
});

test('instants have one spelling, to the microsecond', () => {
  expect(micros('2023-11-14T22:13:20.000001Z')).toBe(1_700_000_000_000_001n);
  for (const wrong of ['2023-11-14T22:13:20Z', '2023-11-14T22:13:20.000001+00:00', '2023-02-30T22:13:20.000001Z', '2023-11-14T24:00:00.000000Z']) expect(() => micros(wrong)).toThrow();
});

test('names stand in the order of their bytes', () => {
  expect(byBytes([['b', 1], ['ab', 2], ['a', 3], ['\u{1f600}', 4], ['\uffee', 5]]).map(([name]) => name)).toEqual(['a', 'ab', 'b', '\uffee', '\u{1f600}']);
});

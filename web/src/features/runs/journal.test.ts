import { describe, expect, it } from 'vitest';

import type { Schema } from '../../api/types';
import { describe as named, failed, fatalRow, instant, resultOf, rowAt, rowsOf, sift } from './journal';

type Entry = Schema<'JournalEntry'>;

const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms).toISOString();
function entry(seq: number, over: Partial<Entry> = {}): Entry {
  return { pos: seq, seq, kind: 'fetch', args: { method: 'GET', url: `https://a.example/${seq}` }, ok: true, outcome: { status: 200 }, started_at: at(seq * 10), finished_at: at(seq * 10 + 5), duration_ms: 5, ...over };
}

describe('a journal as rows', () => {
  it('stands in the order in which the program asked, with open waits between', () => {
    const wait = { seq: 2, kind: 'approval', key: 'appr_1', due_at: at(9_000), since: at(15) };
    const rows = rowsOf([entry(3), entry(1)], [wait]);
    expect(rows.map((row) => [row.seq, row.state])).toEqual([[1, 'ok'], [2, 'open'], [3, 'ok']]);
    expect(rows[1]).toMatchObject({ group: 'approval', end: undefined, due: instant(at(9_000)) });
  });

  it('shows a wait once when its answer has just arrived', () => {
    const rows = rowsOf([entry(1, { kind: 'timer', args: { ms: 5 }, outcome: null })], [{ seq: 1, kind: 'timer', key: '', since: at(0) }]);
    expect(rows.map((row) => row.state)).toEqual(['ok']);
  });

  it('names calls as the terminal does', () => {
    expect(named('integration', { service: 'zoom', operation: 'getMeeting', args: ['1'] })).toEqual({ name: 'zoom.getMeeting', about: '["1"]' });
    expect(named('fetch', { method: 'POST', url: 'https://crm.example/' })).toEqual({ name: 'fetch POST', about: 'https://crm.example/' });
    expect(named('integration.request', { service: 'notion', method: '', path: '/v1/me' })).toEqual({ name: 'notion GET', about: '/v1/me' });
    expect(named('storage.set', { key: 'last', value: 1 })).toEqual({ name: 'storage.set', about: 'last' });
    expect(named('approval', 'cut off: {"title":')).toEqual({ name: 'approval', about: '' });
  });

  it('calls a failure what the server calls one', () => {
    expect(failed({ kind: 'fetch', ok: true, outcome: { status: 503 } })).toBe(true);
    expect(failed({ kind: 'fetch', ok: true, outcome: { status: 429 } })).toBe(true);
    expect(failed({ kind: 'fetch', ok: true, outcome: { status: 404 } })).toBe(false);
    expect(failed({ kind: 'integration', ok: true, outcome: { success: false } })).toBe(true);
    expect(failed({ kind: 'storage.get', ok: true, outcome: { success: false } })).toBe(false);
    expect(failed({ kind: 'storage.get', ok: false, outcome: { message: 'no' } })).toBe(true);
  });

  it('says how a call ended in a few words', () => {
    expect(resultOf({ ok: true, outcome: { status: 201 } })).toBe('201');
    expect(resultOf({ ok: true, outcome: { success: false, error: { message: 'no such page' } } })).toBe('no such page');
    expect(resultOf({ ok: true, outcome: { success: true, data: { id: 1 } } })).toBe('{"id":1}');
    expect(resultOf({ ok: false, outcome: { message: 'connection refused', status: 3 } })).toBe('connection refused');
    expect(resultOf({ ok: true, outcome: null })).toBe('');
  });

  it('keeps the order within a millisecond', () => {
    expect(instant('2026-01-01T00:00:00.000250Z') - instant('2026-01-01T00:00:00.000Z')).toBeCloseTo(0.25, 2);
  });
});

describe('attempts', () => {
  const again = { args: { method: 'GET', url: 'https://a.example/same' } };
  const down = { ...again, outcome: { status: 503 } };

  it('are calls that repeat one that failed', () => {
    const rows = rowsOf([entry(1, down), entry(2), entry(3, down), entry(4, again), entry(5, again)], []);
    expect(rows.map((row) => row.attempt?.number)).toEqual([1, undefined, 2, 3, undefined]);
    expect(rows[0]?.attempt?.of).toEqual([1, 3, 4]);
  });

  it('are not what ran side by side', () => {
    const rows = rowsOf([entry(1, { ...down, finished_at: at(500) }), entry(2, again)], []);
    expect(rows.every((row) => row.attempt === undefined)).toBe(true);
  });

  it('begin anew after a success', () => {
    const rows = rowsOf([entry(1, down), entry(2, again), entry(3, down), entry(4, again)], []);
    expect(rows.map((row) => row.attempt?.of)).toEqual([[1, 2], [1, 2], [3, 4], [3, 4]]);
  });

  it('of a connector are told by its outcome', () => {
    const [row] = rowsOf([entry(1, { kind: 'integration', outcome: { success: true, data: 1, metadata: { attempts: 3 } } })], []);
    expect(row?.requests).toBe(3);
  });
});

describe('looking for calls', () => {
  const rows = rowsOf([entry(1), entry(2, { kind: 'storage.set', args: { key: 'Total' }, outcome: null }), entry(3, { outcome: { status: 500 } })], []);

  it('sifts by text, kind and failure together', () => {
    const seqs = (sieve: Partial<Parameters<typeof sift>[1]>) => sift(rows, { text: '', groups: [], failed: false, ...sieve }).map((row) => row.seq);
    expect(seqs({ text: 'total' })).toEqual([2]);
    expect(seqs({ groups: ['http'] })).toEqual([1, 3]);
    expect(seqs({ groups: ['http'], failed: true })).toEqual([3]);
    expect(sift(rows, { text: ' ', groups: [], failed: false })).toBe(rows);
  });

  it('finds the call that a log line followed', () => {
    expect(rowAt(rows, at(25))?.seq).toBe(2);
    expect(rowAt(rows, at(26))?.seq).toBe(2);
    expect(rowAt(rows, at(35))?.seq).toBe(3);
    expect(rowAt(rows, at(0))?.seq).toBe(1);
    expect(rowAt([], at(0))).toBeUndefined();
  });
});

it('knows the call whose failure ended the run', () => {
  const refused = { kind: 'storage.set', ok: false, outcome: { message: 'full', code: 'QUOTA_EXCEEDED' } };
  const rows = rowsOf([entry(1, refused), entry(2, refused), entry(3)], []);
  expect(fatalRow(rows, { message: 'full' })?.seq).toBe(2);
  expect(fatalRow(rows, { message: 'something else' })).toBeUndefined();
  expect(fatalRow(rows, undefined)).toBeUndefined();
});

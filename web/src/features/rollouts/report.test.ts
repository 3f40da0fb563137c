import { expect, test } from 'vitest';

import type { Schema } from '../../api/types';
import { changesOf, reportOf } from './report';

type Found = Schema<'RehearsalAnswer'>['differences'][number];

const answer = (differences: Found[], more: Partial<Schema<'RehearsalAnswer'>> = {}): Schema<'RehearsalAnswer'> => ({
  version_id: 'ver_1',
  version: '2.0.0',
  runs: { same: 3, differ: differences.length, left_out: 1 },
  installations: { looked_at: 4, migrate: 0, unchanged: 4, fail: 0, need_review: 0, codes: {} },
  differences,
  cut_short: false,
  ...more,
});

test('a run is described by the first call at which it leaves its course', () => {
  const call = (kind: string, args?: unknown) => ({ kind, args });
  const found: Array<[Found, string]> = [
    [{ ended: 'completed', seq: 4, recorded: call('http'), does: 'asks', now: call('sleep') }, 'other_call'],
    [{ ended: 'completed', seq: 4, recorded: call('http', {}), does: 'asks', now: call('http', {}) }, 'other_arguments'],
    [{ ended: 'completed', seq: 4, recorded: null, does: 'asks', now: call('sleep') }, 'new_call'],
    [{ ended: 'completed', seq: 4, recorded: call('http'), does: 'ended', now: null }, 'ended_early'],
    [{ ended: 'completed', seq: 4, recorded: call('http'), does: 'waits', now: null }, 'waits'],
    [{ ended: 'completed', ends: 'failed', code: 'TypeError' }, 'other_end'],
  ];
  const report = reportOf(answer(found.map(([each]) => each)));
  expect(report.rows.map((row) => row.way)).toEqual(found.map(([, way]) => way));
  expect(report.played).toBe(9);
  expect(report.clean).toBe(false);
});

test('arguments are compared where both are told: runs of other workspaces tell none', () => {
  const own: Found = { run_id: 'run_1', ended: 'completed', seq: 2, does: 'asks', recorded: { kind: 'http', args: { url: 'a', body: { n: 1 } } }, now: { kind: 'http', args: { url: 'a', body: { n: 2 } } } };
  const others: Found = { ended: 'completed', seq: 2, does: 'asks', recorded: { kind: 'http', args: null }, now: { kind: 'http', args: null } };
  const [first, second] = reportOf(answer([own, others])).rows;
  expect(first).toMatchObject({ run: 'run_1', changes: [{ path: 'body.n', was: 1, now: 2 }] });
  expect(second).toMatchObject({ run: undefined, way: 'other_arguments', changes: [] });
});

test('installations that would stay keep a rehearsal from being clean, the commonest reason first', () => {
  const stays = { looked_at: 9, migrate: 1, unchanged: 2, fail: 2, need_review: 4, codes: { b: 2, c: 4, a: 2 } };
  const report = reportOf(answer([], { installations: stays }));
  expect(report).toMatchObject({ blocked: 6, clean: false });
  expect(report.codes.map(({ code }) => code)).toEqual(['c', 'a', 'b']);
  expect(reportOf(answer([])).clean).toBe(true);
});

test('two values differ at the outermost places that are not the same', () => {
  expect(changesOf({ a: [1, { b: 2 }], c: 3 }, { a: [1, { b: 2 }], c: 3 })).toEqual([]);
  expect(changesOf({ a: [1, { b: 2 }] }, { a: [1, { b: '2' }, 5] })).toEqual([
    { path: 'a[1].b', was: 2, now: '2' },
    { path: 'a[2]', was: undefined, now: 5 },
  ]);
  expect(changesOf({ gone: 1 }, { new: 2 })).toEqual([
    { path: 'gone', was: 1, now: undefined },
    { path: 'new', was: undefined, now: 2 },
  ]);
  expect(changesOf([1], { 0: 1 })).toEqual([{ path: '', was: [1], now: { 0: 1 } }]);
  // A body is text; what differs within it is told, and where only blanks do, the texts.
  expect(changesOf({ body: { text: '{"a":1,"b":2}' } }, { body: { text: '{"a":1,"c":2}' } })).toEqual([
    { path: 'body.text.b', was: 2, now: undefined },
    { path: 'body.text.c', was: undefined, now: 2 },
  ]);
  expect(changesOf('{"a":1}', '{ "a": 1 }')).toEqual([{ path: '', was: '{"a":1}', now: '{ "a": 1 }' }]);
  expect(changesOf('{not json', '{}')).toEqual([{ path: '', was: '{not json', now: '{}' }]);
  expect(changesOf(null, {})).toEqual([{ path: '', was: null, now: {} }]);
});

import { expect, test } from 'vitest';

import type { Schema } from '../../api/types';
import { applies, fault, type Values } from './check';
import { fieldOf, humanised, kindOf, type Field } from './field';
import { begin, changes, faults, keptSecret, refusals, split, valid, typedValue } from './model';

type Input = Schema<'InputSummary'>;
// The document says of `show_if` only that it is an object.
const declared = (input: Partial<Omit<Input, 'show_if'>> & { key: string; type: string; show_if?: Record<string, unknown> }): Field => fieldOf({ required: false, secret: false, ...input } as Input);
const code = (field: Field, value: unknown) => fault(field, [field], { [field.key]: value })?.code;

test('every type takes its own and refuses others, as the server does', () => {
  const cases: Array<[string, unknown, unknown]> = [
    ['text', 'x', 5], ['string', ['a'], true], ['textarea', 'x\ny', 1], ['boolean', false, 'true'], ['number', 3.5, '3'], ['email', 'a@b.co', 'a'], ['url', 'https://x.example', 'x.example'],
    ['phone', '+49301234', 'phone'], ['timezone', 'Europe/Berlin', 'Berlin'], ['time', '7:30', '7.30'], ['array', [1, 'a'], 'a'], ['text_list', ['a'], [1]], ['json', '{"a":1}', { a: 1 }], ['json', '[]', '{a}'],
    ['object', { a: 1 }, []], ['key_value_list', {}, 'a=b'], ['steps', { s: {} }, []], ['notion_database_picker', 'abc', 7], ['multi_select', ['a'], 'a'], ['select', 'a', 1],
  ];
  for (const [type, good, bad] of cases) {
    const field = declared({ key: 'f', type });
    expect(code(field, good), `${type} takes ${JSON.stringify(good)}`).toBeUndefined();
    expect(code(field, bad), `${type} refuses ${JSON.stringify(bad)}`).toBeDefined();
  }
  expect(code(declared({ key: 'f', type: 'hologram' }), { any: [1] })).toBeUndefined();
});

test('formats are the server’s', () => {
  const all: Array<[string, string[], string[]]> = [
    ['email', ['a@b.co', 'first.last+x@sub.example.com'], ['a', 'a@b', '@b.co', 'a@.co', 'a b@c.de', 'a@@b.co', 'a@b..co', 'a@-b.co']],
    ['url', ['https://x.example/a?b', 'http://127.0.0.1:7001'], ['x.example', 'ftp://x.example', 'https://', 'javascript:alert(1)']],
    ['phone', ['+49 30 123456', '(030) 12-34-56'], ['12', 'call me', '1+23456']],
    ['timezone', ['UTC', 'Europe/Berlin'], ['Mars/Base', '../etc', '+02:00']],
    ['time', ['07:30', '7:05', '23:59'], ['24:00', '7:60', '7:5', '730', '07:30:00', '+7:30']],
  ];
  for (const [type, good, bad] of all) {
    const field = declared({ key: 'f', type });
    for (const text of good) expect(code(field, text), text).toBeUndefined();
    for (const text of bad) expect(code(field, text), text).toBe('WRONG_FORMAT');
  }
});

test('ranges, options, expressions and members hold', () => {
  const number = declared({ key: 'n', type: 'number', min: 1, max: 10 });
  expect([0, 10.5, 10, Number.NaN].map((value) => code(number, value))).toEqual(['OUT_OF_RANGE', 'OUT_OF_RANGE', undefined, 'WRONG_TYPE']);
  const select = declared({ key: 's', type: 'select', options: ['a', 'b'], choices: [{ value: 'a', label: 'a' }, { value: 'b', label: 'B' }] });
  expect([code(select, 'b'), code(select, 'B'), code(select, 1)]).toEqual([undefined, 'NOT_AN_OPTION', 'WRONG_TYPE']);
  expect(select.options.map((option) => option.label)).toEqual(['a', 'B']);
  const channel = declared({ key: 't', type: 'text', regex: '^C[0-9]+$', message: 'a channel id' });
  expect(code(channel, 'C01')).toBeUndefined();
  expect(fault(channel, [channel], { t: 'general' })).toMatchObject({ code: 'WRONG_FORMAT', message: 'a channel id' });
  expect(code(declared({ key: 'i', type: 'text', regex: '(?i)^abc$' }), 'ABC')).toBeUndefined();
  expect(code(declared({ key: 'u', type: 'text', pattern: 'url' }), 'a')).toBe('WRONG_FORMAT');
  expect(code(declared({ key: 'o', type: 'object', properties: [{ key: 'days', holds: 'number' }] }), { days: '3', else: 1 })).toBe('WRONG_TYPE');
  const mails = declared({ key: 'e', type: 'email', multiple: true });
  expect([code(mails, ['a@b.co', 'c@d.co']), code(mails, 'a@b.co'), code(mails, ['a@b.co', 'c'])]).toEqual([undefined, undefined, 'WRONG_FORMAT']);
});

test('what is required needs a value, a default, or a secret that is kept', () => {
  const [a, b, c] = [declared({ key: 'a', type: 'text', required: true }), declared({ key: 'b', type: 'text', required: true, default: 'x' }), declared({ key: 'c', type: 'text', required: true, show_if: { b: 'y' } })];
  const of = (values: Values) => Object.keys(faults([a, b, c], values, {}));
  expect(of({})).toEqual(['a']);
  expect(of({ a: '  ' })).toEqual(['a']);
  expect(of({ a: '1' })).toEqual([]);
  expect(of({ a: '1', b: 'y' })).toEqual(['c']);
  const secret = declared({ key: 'k', type: 'text', required: true, secret: true });
  expect(faults([secret], { k: '' }, {})).toHaveProperty('k');
  expect(faults([secret], { k: '' }, { k: '••••4d60' })).toEqual({});
  expect(faults([secret], { k: '' }, { k: '••••4d60' }, new Set(['k']))).toHaveProperty('k');
  expect(faults([declared({ key: 'l', type: 'text_list', required: true })], { l: [] }, {})).toHaveProperty('l');
});

test('an input counts only while the others say so, in either spelling and by their defaults', () => {
  const mode = declared({ key: 'send_mode', type: 'select', default: 'slack' });
  const channel = declared({ key: 'channel', type: 'text', required: true, show_if: { sendMode: 'slack' } });
  expect(applies(channel, [mode, channel], {})).toBe(true);
  expect(applies(channel, [mode, channel], { send_mode: 'mail' })).toBe(false);
  expect(fault(channel, [mode, channel], { send_mode: 'mail' })).toBeUndefined();
  expect(applies(declared({ key: 'x', type: 'text', show_if: { nothing: 1 } }), [], {})).toBe(true);
});

test('a form begins with what is configured, then proposed, then the default, and never shows a secret', () => {
  const fields = [declared({ key: 'a', type: 'text', default: 'd' }), declared({ key: 'zone', type: 'timezone' }), declared({ key: 'n', type: 'number' }), declared({ key: 'flag', type: 'boolean' }), declared({ key: 'key', type: 'text', secret: true })];
  const config = { a: 'mine', key: '••••4d60' };
  expect(begin(fields, config, { a: 'p', zone: 'UTC' })).toEqual({ a: 'mine', zone: 'UTC', n: '', flag: false, key: '' });
  expect(begin(fields, {}, {})).toMatchObject({ a: 'd', zone: '' });
  const secret = fields[4];
  expect(secret && [config, { key: '' }, {}].map((each) => keptSecret(secret, each))).toEqual(['••••4d60', '••••', undefined]);
});

test('only what changed is sent', () => {
  const fields = [
    declared({ key: 'a', type: 'text' }), declared({ key: 'b', type: 'text', default: 'd' }), declared({ key: 'tags', type: 'text_list', default: ['x'] }), declared({ key: 'key', type: 'text', secret: true }),
    declared({ key: 'hidden', type: 'text', show_if: { a: 'never' } }), declared({ key: 'on', type: 'boolean', required: true }), declared({ key: 'off', type: 'boolean' }),
  ];
  const untouched = begin(fields, { a: '1' }, {});
  expect(changes(fields, { a: '1' }, untouched)).toEqual({ on: false });
  expect(changes(fields, { a: '1', key: '••••' }, { ...untouched, a: ' ', b: 'e', tags: [], key: 'new', hidden: 'x', off: true })).toEqual({ a: null, b: 'e', tags: [], key: 'new', on: false, off: true });
  expect(changes(fields, { key: '••••4d60', on: true }, begin(fields, { on: true }), new Set(['key']))).toEqual({ key: null });
  expect(changes(fields, { b: 'e', on: false }, { ...untouched, a: '', b: 'd', on: false })).toEqual({ b: 'd' });
});

test('what is wrong is not sent, but taking a value away is', () => {
  expect(valid({ a: 1, b: null, c: 2 }, { a: {}, b: {} })).toEqual({ b: null, c: 2 });
});

test('essential inputs come first', () => {
  const fields = [declared({ key: 'a', type: 'text' }), declared({ key: 'slack_channel', type: 'text' }), declared({ key: 'r', type: 'text', required: true })];
  expect(split(fields, ['slackChannel']).first.map((field) => field.key)).toEqual(['slack_channel']);
  expect(split(fields, []).first.map((field) => field.key)).toEqual(['r']);
});

test('the server’s refusals find their inputs', () => {
  const fields = [declared({ key: 'o', type: 'object' }), declared({ key: 'slack_channel', type: 'text' })];
  const found = refusals(fields, [{ field: 'config.o.days', message: 'a' }, { field: 'config.slackChannel', message: 'b' }, { field: 'config', message: 'c' }]);
  expect(found).toEqual({ byKey: { o: 'a', slack_channel: 'b' }, whole: ['c'] });
});

test('types and names are read as the server reads them', () => {
  expect([kindOf('multi_select'), kindOf('slack_channel_picker'), kindOf('constructor'), kindOf('cron')]).toEqual(['multiselect', 'picker', 'other', 'other']);
  expect([humanised('crmApiEndpoint'), humanised('slack_channel')]).toEqual(['Crm api endpoint', 'Slack channel']);
});

test('text stays text, JSON becomes what it says', () => {
  expect(['eu', '12', 'true', '["x"]', '12 Main Street', '"12"', 'truely', ''].map(typedValue)).toEqual(['eu', 12, true, ['x'], '12 Main Street', '12', 'truely', '']);
});

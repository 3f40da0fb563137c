import { expect, test } from 'vitest';

import { parseBody, sampleBody, signedCommand } from './sample';

const now = new Date('2026-01-15T09:30:00Z');

test('a real delivery of the same event is the sample', () => {
  const last = { trigger: { type: 'webhook', service: 'stripe', event: 'charge.refunded', data: { id: 'evt_7' } } };
  expect(sampleBody('stripe', 'charge.refunded', last, now)).toEqual({ id: 'evt_7' });
  expect(sampleBody('stripe', 'charge.failed', last, now)).toMatchObject({ type: 'charge.failed' });
  expect(sampleBody('github', 'push', last, now)).toMatchObject({ ref: 'refs/heads/main' });
  expect(sampleBody(undefined, undefined, { type: 'webhook', data: { order: 1 } }, now)).toEqual({ order: 1 });
});

test('without one, the event asked for is in the body', () => {
  expect(sampleBody('slack', 'app_mention', null, now)).toMatchObject({ event: { type: 'app_mention' } });
  expect(sampleBody(null, 'order.made', undefined, now)).toMatchObject({ event: 'order.made', created_at: now.toISOString() });
  expect(sampleBody(null, undefined, { trigger: { data: {} } }, now)).not.toHaveProperty('event');
});

test('what is typed must be an object', () => {
  expect(parseBody(' ')).toEqual({ value: {} });
  expect(parseBody('{"a":1}')).toEqual({ value: { a: 1 } });
  expect(parseBody('[1]')).toEqual({ error: undefined });
  expect(parseBody('{')).toHaveProperty('error', expect.stringMatching(/./));
});

test('a quote in the body stays inside the quotes of the command', () => {
  expect(signedCommand('https://x.example/h', `{"a":"it's"}`).split('\n')[0]).toBe(String.raw`BODY='{"a":"it'\''s"}'`);
});

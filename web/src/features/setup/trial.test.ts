import { expect, test } from 'vitest';

import { callName, objectOf, requestOf, waysOf } from './trial';

test('every trigger can be tried, each event by itself, and by hand always', () => {
  const ways = waysOf([{ type: 'webhook', service: 'zoom', events: ['meeting.ended', 'meeting.started'] }, { type: 'webhook', path: 'intake' }, { type: 'schedule', cron: '0 9 * * *' }, { type: 'schedule', cron: '0 9 * * *' }, { type: 'manual' }]);
  expect(ways.map((way) => way.key)).toEqual(['webhook zoom meeting.ended', 'webhook zoom meeting.started', 'webhook intake ', 'schedule 0 9 * * *', 'manual']);
  expect(requestOf(ways[0]!, { a: 1 })).toEqual({ type: 'webhook', service: 'zoom', event: 'meeting.ended', data: { a: 1 } });
  expect(requestOf(ways[2]!, undefined)).toEqual({ type: 'webhook' });
  expect(requestOf(ways[4]!, undefined)).toEqual({ type: 'manual' });
});

test('what a run is given is an object or nothing', () => {
  expect([objectOf(' '), objectOf('{"a":1}'), objectOf('[1]'), objectOf('{'), objectOf('7')]).toEqual([undefined, { a: 1 }, null, null, null]);
});

test('a call is named by what it does', () => {
  expect(callName('fetch', { url: 'https://api.acme.example/x?y', method: 'POST' })).toBe('POST api.acme.example');
  expect(callName('integration', { service: 'zoom', method: 'getMeeting' })).toBe('zoom.getMeeting');
  expect(callName('storage.get', { key: 'last' })).toBe('storage.get last');
  expect(callName('timer', null)).toBe('timer');
});

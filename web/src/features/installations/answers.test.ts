import { expect, test } from 'vitest';

import { answered, questions } from './answers';

test('asked is what breaks and what the server refused, once each', () => {
  const breaking = [
    { type: 'config_field_required_added', severity: 'breaking' as const, field: 'region', message: '' },
    { type: 'config_field_removed', severity: 'breaking' as const, field: 'old', message: '' },
    { type: 'oauth_provider_added', severity: 'breaking' as const, field: 'slack', message: '' },
  ];
  expect(questions(breaking, [{ field: 'config.region' }, { field: 'config.limit' }, { field: 'connections.gmail' }, { field: 'version' }])).toEqual({ fields: ['region', 'limit'], services: ['slack', 'gmail'] });
});

test('what was left empty is not sent, and a number in a text stays a text', () => {
  expect(answered({ a: 'eu', b: '42', c: false, d: ['x'], e: ' ', f: null, g: 0 })).toEqual({ a: 'eu', b: '42', c: false, d: ['x'], g: 0 });
});

import { expect, test } from 'vitest';

import { answersOf, questions } from './answers';

test('asked is what breaks and what the server refused, once each', () => {
  const breaking = [
    { type: 'config_field_required_added', severity: 'breaking' as const, field: 'region', message: '' },
    { type: 'config_field_removed', severity: 'breaking' as const, field: 'old', message: '' },
    { type: 'oauth_provider_added', severity: 'breaking' as const, field: 'slack', message: '' },
  ];
  expect(questions(breaking, [{ field: 'config.region' }, { field: 'config.limit' }, { field: 'connections.gmail' }, { field: 'version' }])).toEqual({ fields: ['region', 'limit'], services: ['slack', 'gmail'] });
});

test('text stays text, JSON becomes what it says, empty is left out', () => {
  expect(answersOf({ a: 'eu', b: '12', c: 'true', d: '["x"]', e: ' ', f: '12 Main Street', g: '"12"', h: 'truely' })).toEqual({ a: 'eu', b: 12, c: true, d: ['x'], f: '12 Main Street', g: '12', h: 'truely' });
});

import { expect, test } from 'vitest';

import { queryOf, readSearch } from './search';

test('only filters are taken from an address', () => {
  expect(readSearch({ text: 'bob', outcome: 'maybe', from: '2026-01-01', to: 'yesterday', tab: 'x', request_id: 'req_1', actor: '' })).toEqual({ text: 'bob', from: '2026-01-01', request_id: 'req_1' });
  expect(readSearch({ text: 2026 })).toEqual({ text: '2026' });
});

test('the last day is asked for wholly', () => {
  const { from, to } = queryOf({ from: '2026-01-31', to: '2026-01-31' });
  expect(new Date(to!).getTime() - new Date(from!).getTime()).toBe(86_400_000);
  expect(new Date(from!).getHours()).toBe(0);
  expect(queryOf({ action: 'workflow' })).toEqual({ action: 'workflow' });
});

import { expect, test } from 'vitest';

import { inOrder, readable } from './order';
import type { Approval } from './queries';

const made = (id: string, more: Partial<Approval>): Approval => ({ id, run_id: 'run_1', title: id, approvers: [], status: 'pending', created_at: '2026-01-10T00:00:00Z', detail: undefined, ...more });

test('waiting first, soonest deadline first, then the latest decision', () => {
  const list = [
    made('decided long ago', { status: 'approved', decided_at: '2026-01-11T00:00:00Z' }),
    made('no deadline', {}),
    made('decided lately', { status: 'rejected', decided_at: '2026-01-12T00:00:00Z' }),
    made('ends later', { due_at: '2026-02-02T00:00:00Z' }),
    made('ends soon', { due_at: '2026-02-01T00:00:00Z' }),
  ];
  expect(inOrder(list).map((each) => each.id)).toEqual(['ends soon', 'ends later', 'no deadline', 'decided lately', 'decided long ago']);
});

test('what is meant to be read is parted from the data', () => {
  expect(readable('Refund of 12 €')).toEqual({ text: 'Refund of 12 €', data: undefined });
  expect(readable({ message: 'Look', amount: 12 })).toEqual({ text: 'Look', data: { amount: 12 } });
  expect(readable({ amount: 12 })).toEqual({ text: undefined, data: { amount: 12 } });
  for (const nothing of [null, undefined, {}]) expect(readable(nothing)).toEqual({ text: undefined, data: undefined });
});

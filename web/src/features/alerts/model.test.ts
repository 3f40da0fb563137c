import { expect, test } from 'vitest';

import type { Schema } from '../../api/types';
import { changedAlert, conditionText, draftOf, fresh, newAlert, readCondition, spanOf, wrongs } from './model';

const alert: Schema<'AlertAnswer'> = {
  id: 'alrt_1', workflow_id: 'wf_1', name: 'Errors', scope: 'own', source: 'api', condition: 'error_rate > 5%', window: '10m', min_runs: 20, cooldown: '30m', enabled: true, state: 'resolved',
  channels: [{ id: 'ch_1', type: 'webhook', host: 'ops.example' }], created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z',
};

test('a condition is read as it is written', () => {
  for (const text of ['error_rate > 5%', 'success_rate <= 99.5%', 'failures >= 3', 'mean_duration > 2s', 'last_execution > 6h']) {
    expect(conditionText(readCondition(text)!)).toBe(text);
  }
  expect(readCondition('error_rate > 0.07')).toEqual({ metric: 'error_rate', op: '>', value: '7' });
  for (const text of ['weather > 5', 'error_rate = 5', 'error_rate > a lot', '']) expect(readCondition(text)).toBeUndefined();
});

test('lengths of time', () => {
  expect([spanOf('500ms'), spanOf('10s'), spanOf('1.5h'), spanOf('2d'), spanOf('250'), spanOf('soon'), spanOf('')]).toEqual([500, 10_000, 5_400_000, 172_800_000, 250, undefined, undefined]);
});

test('what is wrong is named by field', () => {
  expect(wrongs({ ...fresh, name: 'x' })).toEqual({});
  expect(wrongs({ ...fresh, name: ' ', window: '30s', cooldown: '2d', minRuns: 0 })).toEqual({ name: 'nameMissing', window: 'windowWrong', cooldown: 'cooldownWrong', minRuns: 'minRunsWrong' });
  const own = { ...fresh, name: 'x', rule: 'own' as const };
  expect(wrongs({ ...own, value: '101' })).toEqual({ value: 'shareWrong' });
  expect(wrongs({ ...own, value: '' })).toEqual({ value: 'shareWrong' });
  expect(wrongs({ ...own, metric: 'failures', value: '1.5' })).toEqual({ value: 'countWrong' });
  expect(wrongs({ ...own, metric: 'last_execution', op: '<', value: '31d' })).toEqual({ value: 'timeWrong', op: 'belowLast' });
  expect(wrongs({ ...own, channels: [{ id: undefined, type: 'slack', url: 'http://hooks.example/x' }, { id: 'ch_1', type: 'webhook', url: '' }] })).toEqual({ 'channels.0.url': 'urlWrong' });
});

test('a new rule is a preset or a condition, never both', () => {
  expect(newAlert({ ...fresh, name: ' Errors ' })).toMatchObject({ name: 'Errors', rule: 'error_rate', channels: [{ type: 'email' }] });
  expect(newAlert({ ...fresh, name: 'x' })).not.toHaveProperty('condition');
  const own = newAlert({ ...fresh, name: 'x', rule: 'own', metric: 'mean_duration', value: '2s' });
  expect(own.condition).toBe('mean_duration > 2s');
  expect(own).not.toHaveProperty('rule');
});

test('a change sends what changed, and keeps channels by their ids', () => {
  const draft = draftOf(alert);
  expect(changedAlert(draft, alert)).toEqual({});
  expect(changedAlert({ ...draft, value: '7' }, alert)).toEqual({ condition: 'error_rate > 7%' });
  expect(changedAlert({ ...draft, enabled: false, channels: [...draft.channels, { id: undefined, type: 'email', url: '' }] }, alert)).toEqual({ enabled: false, channels: [{ id: 'ch_1' }, { type: 'email' }] });
  const strange = { ...alert, condition: 'error_rate > 5% for long' };
  expect(changedAlert({ ...draftOf(strange), name: 'Other' }, strange)).toEqual({ name: 'Other' });
});

import { expect, test } from 'vitest';

import type { Onboarding } from './queries';
import { after, before, byooOf, configOf, currentOf, leftOf, servicesOf, setupUrlOf, stepOfError, stepsOf } from './steps';

const whole = (said: Record<string, ['done' | 'open' | 'skipped', object?]>): Onboarding => ({
  steps: ['access', 'setup', 'connections', 'byoo', 'config', 'activate'].map((key) => ({ key, status: said[key]?.[0] ?? 'skipped', detail: (said[key]?.[1] ?? {}) as never })),
  next: null,
  ready: false,
});

test('steps with nothing to do are left out, and own credentials belong to the accounts', () => {
  const steps = stepsOf(whole({ access: ['done'], connections: ['done'], byoo: ['open'], config: ['open'], activate: ['open'] }));
  expect(steps).toEqual([{ key: 'connections', status: 'open' }, { key: 'config', status: 'open' }, { key: 'activate', status: 'open' }, { key: 'test', status: 'open' }]);
  expect(stepsOf(whole({ access: ['open'], activate: ['done'] }), true)).toEqual([{ key: 'access', status: 'open' }, { key: 'activate', status: 'done' }, { key: 'test', status: 'done' }]);
});

test('a set-up goes on where it was left, and an address leads to its step', () => {
  const steps = stepsOf(whole({ access: ['done'], connections: ['done'], config: ['open'], activate: ['open'] }));
  expect(currentOf(steps, undefined)).toBe('config');
  expect(currentOf(steps, 'connections')).toBe('connections');
  expect(currentOf(steps, 'byoo')).toBe('connections');
  expect(currentOf(steps, 'setup')).toBe('config');
  expect(currentOf(stepsOf(whole({ activate: ['done'] }), true), undefined)).toBe('test');
});

test('going on and back follows the order', () => {
  const steps = stepsOf(whole({ connections: ['open'], config: ['open'], activate: ['open'] }));
  expect([after(steps, 'connections'), after(steps, 'activate'), after(steps, 'test'), before(steps, 'connections'), before(steps, 'config')]).toEqual(['config', 'test', undefined, undefined, 'connections']);
  expect(leftOf(steps)).toEqual(['connections', 'config']);
});

test('details are read, and nonsense is nothing', () => {
  const service = { service: 'zoom', optional: false, status: 'missing', connection_id: null };
  const some = whole({
    setup: ['open', { setup_url: 'https://a.example/x?state=1' }], connections: ['open', { services: [service] }], byoo: ['open', { providers: ['zoom', 1], missing: ['zoom'], instructions: ' ' }],
    config: ['open', { essential: ['a'], defaults: { a: 1 } }],
  });
  expect(servicesOf(some)).toEqual([service]);
  expect(byooOf(some)).toEqual({ providers: ['zoom'], missing: ['zoom'], instructions: undefined });
  expect(configOf(some)).toEqual({ essential: ['a'], proposed: { a: 1 } });
  expect(setupUrlOf(some)).toBe('https://a.example/x?state=1');
  expect(setupUrlOf(whole({ setup: ['open', { setup_url: 'javascript:alert(1)' }] }))).toBeUndefined();
  expect(configOf(whole({}))).toEqual({ essential: [], proposed: {} });
});

test('a refused activation says which step is left', () => {
  expect(['config.crmApiKey', 'connections.zoom', 'setup', 'something'].map(stepOfError)).toEqual(['config', 'connections', 'setup', 'activate']);
});

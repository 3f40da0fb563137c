import { expect, test } from 'vitest';

import { facets, freeName, links, ownPath, priceKind, serviceName } from './listing';
import type { Listing } from './queries';

const price = (model: string, amount_cents = 0) => priceKind({ model, amount_cents, currency: 'USD', details: {} });

test('a price is what it costs, not what it is called', () => {
  expect([price('free'), price('freemium'), price('freemium', 900), price('usage'), price('subscription', 900), price('one-time', 900), price('paid', 100), price('paid'), price('custom'), price('custom', 5)]).toEqual([
    'free', 'free', 'monthly', 'usage', 'monthly', 'once', 'once', 'free', 'free', 'other',
  ]);
});

test('one more installation gets a name that is free', () => {
  expect(freeName('Standup', [])).toBe('Standup');
  expect(freeName('Standup', ['standup ', 'Standup 2', 'Standup 4'])).toBe('Standup 3');
});

test('filters offer what occurs, commonest first', () => {
  const listing = (category: string, services: string[]) => ({ category, services }) as Listing;
  expect(facets([listing('sales', ['slack']), listing('', ['slack', 'notion']), listing('ops', []), listing('ops', [])])).toEqual({ categories: ['ops', 'sales'], services: ['slack', 'notion'] });
});

test('only web addresses become links', () => {
  expect(links({ dashboardUrl: 'https://a.example', author: 'Ann', bad: 'javascript:alert(1)', list: [1] })).toEqual([{ key: 'dashboardUrl', url: 'https://a.example' }]);
  expect(links(null)).toEqual([]);
});

test('names of services and paths of our own addresses', () => {
  expect([serviceName('google-calendar'), serviceName('hubspot'), serviceName('zoom')]).toEqual(['Google Calendar', 'HubSpot', 'Zoom']);
  expect(ownPath('https://x.example/workflows/private/a?b=1')).toBe('/workflows/private/a?b=1');
});

import { expect, test } from 'vitest';

import { pushOf } from './openTab';

const view = { left: 10, right: 310 };
const tab = (left: number, width = 80) => ({ left, right: left + width });

test('a tab within the view stays where it is', () => {
  expect(pushOf(tab(42), view)).toBe(0);
  expect(pushOf(tab(198), view)).toBe(0);
});

test('one beyond an edge comes in, with a little of the next', () => {
  expect(pushOf(tab(500), view)).toBe(302);
  expect(pushOf(tab(280), view)).toBe(82);
  expect(pushOf(tab(-200), view)).toBe(-242);
  expect(pushOf(tab(20), view)).toBe(-22);
});

test('of one that is wider than the view the beginning is seen', () => {
  const pushed = pushOf(tab(100, 600), view);
  expect(100 - pushed).toBe(view.left + 32);
});

import { expect, it } from 'vitest';

import { moved } from './moves';

it('leads through a list and never out of it', () => {
  expect(moved('ArrowDown', -1, 5, 3)).toBe(0);
  expect(moved('ArrowDown', 4, 5, 3)).toBe(4);
  expect(moved('ArrowUp', -1, 5, 3)).toBe(0);
  expect(moved('PageDown', 1, 5, 3)).toBe(4);
  expect(moved('PageUp', 1, 5, 3)).toBe(0);
  expect(moved('End', 0, 5, 3)).toBe(4);
  expect(moved('Home', 3, 5, 3)).toBe(0);
  expect(moved('Tab', 3, 5, 3)).toBeUndefined();
  expect(moved('ArrowDown', -1, 0, 3)).toBeUndefined();
});

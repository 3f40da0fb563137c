import { expect, it } from 'vitest';

import { each } from './deeds';

it('does the same for many, four at once, in their order, whatever fails', async () => {
  let under = 0;
  let most = 0;
  const told: number[] = [];
  const results = await each(
    Array.from({ length: 10 }, (_, n) => n),
    async (n) => {
      most = Math.max(most, ++under);
      await new Promise((resolve) => setTimeout(resolve, (10 - n) % 3));
      under -= 1;
      if (n === 4) throw new Error('refused');
      return n * n;
    },
    (done) => told.push(done),
  );
  expect(most).toBe(4);
  expect(results.map((result) => result.output)).toEqual([0, 1, 4, 9, undefined, 25, 36, 49, 64, 81]);
  expect(results[4]?.error).toBeInstanceOf(Error);
  expect(told.at(-1)).toBe(10);
});

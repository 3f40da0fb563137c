import { expect, it } from 'vitest';

import { nextRemark } from './next';

const remark = (path: string, from: number) => ({ path, from, to: from, severity: 'error' as const, code: 'X', message: '' });
const remarks = [remark('b.ts', 5), remark('a.ts', 9), remark('a.ts', 2)];
const go = (path: string, offset: number, step: 1 | -1) => {
  const found = nextRemark(remarks, ['a.ts', 'b.ts'], { path, offset }, step);
  return found && `${found.path} ${found.from}`;
};

it('goes through the problems of all files in their order, and round the end', () => {
  expect([go('a.ts', 0, 1), go('a.ts', 2, 1), go('a.ts', 9, 1), go('b.ts', 5, 1)]).toEqual(['a.ts 2', 'a.ts 9', 'b.ts 5', 'a.ts 2']);
  expect([go('b.ts', 5, -1), go('a.ts', 9, -1), go('a.ts', 2, -1)]).toEqual(['a.ts 9', 'a.ts 2', 'b.ts 5']);
  expect(nextRemark([], ['a.ts'], { path: 'a.ts', offset: 0 }, 1)).toBeUndefined();
});

import { describe, expect, it } from 'vitest';

import { compare } from './compare';

describe('what changed between two versions', () => {
  it('leaves out what is the same', () => {
    expect(compare({ 'a.ts': 'x\n' }, { 'a.ts': 'x\n' })).toEqual([]);
  });

  it('counts the lines of files that came and went', () => {
    expect(compare({ 'old.ts': 'a\nb\n' }, { 'new.ts': 'a\nb\nc' })).toEqual([
      { path: 'new.ts', kind: 'added', added: 3, removed: 0 },
      { path: 'old.ts', kind: 'removed', added: 0, removed: 2 },
    ]);
  });

  it.each([
    ['a line between', 'a\nb\nc\n', 'a\nb\nnew\nc\n', 1, 0],
    ['a line less', 'a\nb\nc\n', 'a\nc\n', 0, 1],
    ['a line that reads otherwise', 'a\nb\nc\n', 'a\nB!\nc\n', 1, 1],
    ['a line at the end', 'a\nb\n', 'a\nb\nc\n', 1, 0],
    ['two places', 'a\nb\nc\nd\ne\nf\ng\nh\n', 'A\nb\nc\nd\ne\nf\ng\n', 1, 2],
  ])('counts %s', (_, before, after, added, removed) => {
    expect(compare({ f: before }, { f: after })).toEqual([{ path: 'f', kind: 'changed', added, removed }]);
  });

  it('says that an empty file is there', () => {
    expect(compare({}, { 'a.ts': '' })).toEqual([{ path: 'a.ts', kind: 'added', added: 0, removed: 0 }]);
  });
});

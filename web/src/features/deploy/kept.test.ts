import { describe, expect, it } from 'vitest';

import { Keep, type Kept } from './kept';

const kept = (about: string, at = '2026-01-01T00:00:00Z'): Kept => ({ about, files: { 'workflow.ts': 'x' }, at });

function store(room = Infinity) {
  const map = new Map<string, string>();
  return {
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, value: string) => {
      if (value.length > room) throw new DOMException('full', 'QuotaExceededError');
      map.set(key, value);
    },
    removeItem: (key: string) => void map.delete(key),
    key: (index: number) => [...map.keys()][index] ?? null,
    get length() {
      return map.size;
    },
  };
}

describe('unsaved work', () => {
  it('is there again, the newest first, and gone when dropped', () => {
    const keep = new Keep('t', 'p', store());
    keep.put(kept('workflow:a', '2026-01-01T00:00:00Z'));
    keep.put(kept('new:minimal:B', '2026-02-01T00:00:00Z'));
    expect(keep.all().map((each) => each.about)).toEqual(['new:minimal:B', 'workflow:a']);
    keep.drop('workflow:a');
    expect(keep.get('workflow:a')).toBeUndefined();
    expect(keep.all()).toHaveLength(1);
  });

  it('is another person’s or another workspace’s own', () => {
    const shared = store();
    new Keep('t', 'p', shared).put(kept('workflow:a'));
    expect(new Keep('t', 'q', shared).all()).toEqual([]);
    expect(new Keep('u', 'p', shared).get('workflow:a')).toBeUndefined();
  });

  it('says when there is no room, and leaves out what cannot be read', () => {
    expect(new Keep('t', 'p', store(10)).put(kept('workflow:a'))).toBe(false);
    const broken = store();
    broken.setItem('millrace.source.t.p.a', '{');
    broken.setItem('millrace.source.t.p.b', 'null');
    broken.setItem('millrace.source.t.p.c', '{"files":{"workflow.ts":1},"at":"2026"}');
    expect(new Keep('t', 'p', broken).all()).toEqual([]);
  });
});

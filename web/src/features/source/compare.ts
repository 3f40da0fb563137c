import { Chunk } from '@codemirror/merge';
import { Text } from '@codemirror/state';

import type { Files } from './language/protocol';

/** What became of one file between two versions. */
export interface Difference {
  path: string;
  kind: 'added' | 'removed' | 'changed';
  /** Lines that are new, and lines that are gone. */
  added: number;
  removed: number;
}

/** The files that differ, by path. */
export function compare(before: Files, after: Files): Difference[] {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return paths.filter((path) => before[path] !== after[path]).map((path) => difference(path, before[path], after[path]));
}

function difference(path: string, old: string | undefined, now: string | undefined): Difference {
  const [a, b] = [text(old), text(now)];
  if (old === undefined) return { path, kind: 'added', added: lines(b, 0, b.length), removed: 0 };
  if (now === undefined) return { path, kind: 'removed', added: 0, removed: lines(a, 0, a.length) };
  const chunks = Chunk.build(a, b);
  const sum = (count: (chunk: Chunk) => number) => chunks.reduce((all, chunk) => all + count(chunk), 0);
  return { path, kind: 'changed', added: sum((each) => lines(b, each.fromB, each.toB)), removed: sum((each) => lines(a, each.fromA, each.toA)) };
}

const text = (value: string | undefined) => Text.of((value ?? '').split('\n'));

/** Lines from one place to the one behind them; the empty end of a text is no line. */
function lines(of: Text, from: number, to: number): number {
  if (from >= to) return 0;
  const last = of.lineAt(Math.min(to, of.length) - (to > of.length || of.lineAt(to).from === to ? 1 : 0)).number;
  return last - of.lineAt(from).number + 1;
}

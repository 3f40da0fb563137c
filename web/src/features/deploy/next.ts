import type { Remark } from '../source';

/** The remark behind a place, or before it, across files and round the end: where F8 goes. */
export function nextRemark(remarks: readonly Remark[], paths: readonly string[], here: { path: string; offset: number }, step: 1 | -1): Remark | undefined {
  const rank = (path: string) => paths.indexOf(path);
  const order = (a: { path: string; from: number }, b: { path: string; from: number }) => rank(a.path) - rank(b.path) || a.from - b.from;
  const sorted = [...remarks].sort(order);
  const at = { path: here.path, from: here.offset };
  if (step === 1) return sorted.find((each) => order(each, at) > 0) ?? sorted[0];
  return sorted.findLast((each) => order(each, at) < 0) ?? sorted.at(-1);
}

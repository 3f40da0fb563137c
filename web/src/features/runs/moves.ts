/** Where a key leads in a list of `count`; undefined where it leads nowhere. Before anything is active, `at` is -1. */
export function moved(key: string, at: number, count: number, page: number): number | undefined {
  if (count === 0) return undefined;
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: count - 1 }[key];
  return to === undefined ? undefined : Math.min(count - 1, Math.max(0, to));
}

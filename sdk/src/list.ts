/** The items a predicate accepts. */
export function filter<T>(items: readonly T[], predicate: (item: T, index: number) => boolean): T[] {
  return items.filter(predicate);
}

/** Each item transformed. */
export function map<T, R>(items: readonly T[], transform: (item: T, index: number) => R): R[] {
  return items.map(transform);
}

/** All items folded into one value. */
export function reduce<T, R>(items: readonly T[], reducer: (accumulated: R, item: T, index: number) => R, initial: R): R {
  return items.reduce(reducer, initial);
}

/** The first item a predicate accepts. */
export function find<T>(items: readonly T[], predicate: (item: T, index: number) => boolean): T | undefined {
  return items.find(predicate);
}

/** Items by the text of a member or of what a function makes of them. */
export function groupBy<T>(items: readonly T[], key: keyof T | ((item: T) => unknown)): Record<string, T[]> {
  const groups: Record<string, T[]> = {};
  for (const item of items) {
    const name = String(typeof key === 'function' ? key(item) : item[key]);
    (groups[name] ??= []).push(item);
  }
  return groups;
}

/** Each item once; two items are the same if their key is. */
export function unique<T>(items: readonly T[], key?: keyof T | ((item: T) => unknown)): T[] {
  if (key === undefined) {
    return [...new Set(items)];
  }
  const seen = new Set<unknown>();
  return items.filter((item) => {
    const value = typeof key === 'function' ? key(item) : item[key];
    return seen.has(value) ? false : (seen.add(value), true);
  });
}

/** Consecutive pieces of at most `size` items. */
export function chunk<T>(items: readonly T[], size: number): T[][] {
  if (!(size >= 1)) {
    throw new RangeError(`chunk() size must be at least 1, got ${size}`);
  }
  const pieces: T[][] = [];
  for (let start = 0; start < items.length; start += Math.floor(size)) {
    pieces.push(items.slice(start, start + Math.floor(size)));
  }
  return pieces;
}

/** One level of nesting removed. */
export function flatten<T>(items: readonly (T | readonly T[])[]): T[] {
  return items.flat() as T[];
}

/** A sorted copy; missing values come last in either direction. */
export function sortBy<T>(items: readonly T[], key: keyof T | ((item: T) => unknown), direction: 'asc' | 'desc' = 'asc'): T[] {
  const value = (item: T): any => (typeof key === 'function' ? key(item) : item[key]);
  const sign = direction === 'desc' ? -1 : 1;
  return [...items].sort((left, right) => {
    const a = value(left);
    const b = value(right);
    if (a === b) {
      return 0;
    }
    if (a === undefined || a === null) {
      return 1;
    }
    if (b === undefined || b === null) {
      return -1;
    }
    return a < b ? -sign : a > b ? sign : 0;
  });
}

import type { KVNamespace, Storage } from './types/context.js';

/** A cache over `env.KV`. */
export interface Cache {
  get<T = any>(key: string): Promise<T | null>;
  set(key: string, value: unknown, options?: { ttl?: number; tags?: string[] }): Promise<void>;
  delete(key: string): Promise<void>;
  has(key: string): Promise<boolean>;
  /** The cached value; what `make` returns, from now on cached, when there is none. */
  getOrSet<T>(key: string, make: () => T | Promise<T>, options?: { ttl?: number; tags?: string[] }): Promise<T>;
  invalidateByTag(tag: string): Promise<void>;
  invalidateByTags(tags: string[]): Promise<void>;
}

/** A cache whose keys start with `prefix`. Times to live are seconds. */
export function createCache(kv: KVNamespace, prefix = 'cache'): Cache {
  const named = (key: string): string => `${prefix}:${key}`;
  // One entry per pair of tag and key, so that two writers never overwrite each other's list.
  const tagged = (tag: string, key = ''): string => `${prefix}:tag:${encodeURIComponent(tag)}:${key}`;

  const cache: Cache = {
    async get<T>(key: string): Promise<T | null> {
      const entry = await kv.get<{ value: T }>(named(key), 'json');
      return entry === null || entry === undefined ? null : entry.value;
    },

    async set(key, value, options = {}) {
      const expiry = options.ttl ? { expirationTtl: options.ttl } : undefined;
      await kv.put(named(key), JSON.stringify({ value }), expiry);
      for (const tag of options.tags ?? []) {
        await kv.put(tagged(tag, key), '1', expiry);
      }
    },

    delete: (key) => kv.delete(named(key)),

    has: async (key) => (await kv.get(named(key))) !== null,

    async getOrSet<T>(key: string, make: () => T | Promise<T>, options?: { ttl?: number; tags?: string[] }): Promise<T> {
      const entry = await kv.get<{ value: T }>(named(key), 'json');
      if (entry !== null && entry !== undefined) {
        return entry.value;
      }
      const value = await make();
      await cache.set(key, value, options);
      return value;
    },

    async invalidateByTag(tag) {
      const start = tagged(tag);
      for await (const name of names(kv, start)) {
        await cache.delete(name.slice(start.length));
        await kv.delete(name);
      }
    },

    async invalidateByTags(tags) {
      for (const tag of tags) {
        await cache.invalidateByTag(tag);
      }
    },
  };
  return cache;
}

/** The interface of `storage` over a part of `env.KV`. */
export function createKVStorage(kv: KVNamespace, prefix = 'storage'): Storage {
  const start = `${prefix}:`;
  const set = (key: string, value: unknown): Promise<void> => kv.put(start + key, JSON.stringify(value ?? null));
  return {
    get: async <T>(key: string) => (await kv.get<T>(start + key, 'json')) ?? null,
    set,
    put: set,
    delete: (key) => kv.delete(start + key),
    has: async (key) => (await kv.get(start + key)) !== null,
    async keys() {
      const found: string[] = [];
      for await (const name of names(kv, start)) {
        found.push(name.slice(start.length));
      }
      return found;
    },
    async list(options = {}) {
      const page = await kv.list({ prefix: start + (options.prefix ?? ''), limit: options.limit, cursor: options.cursor });
      return { keys: page.keys.map((key) => key.name.slice(start.length)), cursor: page.cursor, complete: page.list_complete };
    },
  };
}

async function* names(kv: KVNamespace, prefix: string): AsyncGenerator<string> {
  let cursor: string | undefined;
  do {
    const page = await kv.list({ prefix, cursor });
    for (const key of page.keys) {
      yield key.name;
    }
    cursor = page.list_complete ? undefined : page.cursor;
  } while (cursor);
}

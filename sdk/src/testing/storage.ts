import type { Storage } from '../types/context.js';

/** `storage` in memory, with the real one's copies and nulls. */
export class MockStorage implements Storage {
  readonly #entries = new Map<string, string>();

  constructor(initial: Record<string, unknown> = {}) {
    for (const [key, value] of Object.entries(initial)) {
      this.#entries.set(key, JSON.stringify(value ?? null));
    }
  }

  async get<T = any>(key: string): Promise<T | null> {
    const text = this.#entries.get(key);
    return text === undefined ? null : (JSON.parse(text) as T);
  }

  async set(key: string, value: unknown): Promise<void> {
    this.#entries.set(key, JSON.stringify(value ?? null));
  }

  put(key: string, value: unknown): Promise<void> {
    return this.set(key, value);
  }

  async delete(key: string): Promise<void> {
    this.#entries.delete(key);
  }

  async keys(): Promise<string[]> {
    return [...this.#entries.keys()].sort();
  }

  async has(key: string): Promise<boolean> {
    return this.#entries.has(key);
  }

  async list(options: { prefix?: string; limit?: number; cursor?: string } = {}): Promise<{ keys: string[]; cursor?: string; complete: boolean }> {
    const { prefix = '', limit = 1_000, cursor } = options;
    const all = (await this.keys()).filter((key) => key.startsWith(prefix) && (cursor === undefined || key > cursor));
    const keys = all.slice(0, limit);
    return keys.length < all.length ? { keys, cursor: keys.at(-1), complete: false } : { keys, complete: true };
  }

  /** Everything stored. */
  snapshot(): Record<string, any> {
    return Object.fromEntries([...this.#entries].map(([key, text]) => [key, JSON.parse(text)]));
  }

  clear(): void {
    this.#entries.clear();
  }
}

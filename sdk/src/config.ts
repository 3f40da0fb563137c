type Config = Record<string, any> | null | undefined;

/** The member at a dotted path; undefined when any part is missing. */
export function getByPath<T = any>(object: unknown, path: string): T | undefined {
  let value: any = object;
  for (const part of path.split('.')) {
    if (value === undefined || value === null) {
      return undefined;
    }
    value = value[part];
  }
  return value;
}

/** The first of several paths that has a value. */
export function getConfigValue<T = any>(config: Config, ...paths: string[]): T | undefined {
  for (const path of paths) {
    const value = getByPath<T>(config, path);
    if (value !== undefined && value !== null) {
      return value;
    }
  }
  return undefined;
}

/** The resource chosen in a step of the set-up: `config[step].resourceId`, else `config[step].id`, else the value itself. */
export function extractResourceId(config: Config, step: string): string | undefined {
  const chosen = getByPath<any>(config, `${step}.resourceId`) ?? getByPath<any>(config, `${step}.id`) ?? getByPath<any>(config, step);
  return typeof chosen === 'string' || typeof chosen === 'number' ? String(chosen) : undefined;
}

/** Reads a configuration by paths: `parseConfig(config, { channel: 'slack.channel' })`; several paths are alternatives. */
export function parseConfig<K extends string>(config: Config, paths: Record<K, string | string[]>): Record<K, any> {
  const read = (path: string | string[]): unknown => getConfigValue(config, ...(Array.isArray(path) ? path : [path]));
  return Object.fromEntries(Object.entries<string | string[]>(paths).map(([name, path]) => [name, read(path)])) as Record<K, any>;
}

/** Several configurations in one; later ones win, nested objects are merged, undefined overrides nothing. */
export function mergeConfigs<T = Record<string, any>>(...configs: Config[]): T {
  const merged: Record<string, any> = {};
  for (const config of configs) {
    for (const [key, value] of Object.entries(config ?? {})) {
      if (value === undefined || key === '__proto__') {
        continue;
      }
      merged[key] = isPlain(value) && isPlain(merged[key]) ? mergeConfigs(merged[key], value) : value;
    }
  }
  return merged as T;
}

/** Builds a configuration step by step. */
export class ConfigBuilder {
  #config: Record<string, any> = {};

  /** Sets the member at a dotted path. */
  set(path: string, value: unknown): this {
    const parts = path.split('.');
    const last = parts.pop() as string;
    let target = this.#config;
    for (const part of parts) {
      target = target[part] = isPlain(target[part]) ? target[part] : {};
    }
    target[last] = value;
    return this;
  }

  /** Merges a configuration into this one. */
  merge(config: Config): this {
    this.#config = mergeConfigs(this.#config, config);
    return this;
  }

  /** Sets members that have no value yet. */
  defaults(config: Config): this {
    this.#config = mergeConfigs(config, this.#config);
    return this;
  }

  /** The configuration. */
  build<T = Record<string, any>>(): T {
    return mergeConfigs<T>(this.#config);
  }
}

function isPlain(value: unknown): value is Record<string, any> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

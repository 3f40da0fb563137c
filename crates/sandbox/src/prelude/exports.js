// What a module exports, as data: functions become a mark, and their paths are listed so that each can be called later.
export default function install(host) {
  const { isProxy } = host;
  const MAX_DEPTH = 32;

  const isObject = (value) => value !== null && typeof value === 'object' && !isProxy(value);

  const exported = (namespace) => {
    const functions = [];
    const seen = [];
    const data = (value, path, depth) => {
      if (typeof value === 'function') {
        functions.push(path);
        return { $function: true };
      }
      if (typeof value === 'bigint') return `${value}`;
      if (typeof value === 'number') return Number.isFinite(value) ? value : null;
      if (typeof value !== 'object' || value === null) return typeof value === 'symbol' ? undefined : value;
      if (isProxy(value)) return null;
      if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
      if (value instanceof RegExp) return String(value);
      if (value instanceof String || value instanceof Number || value instanceof Boolean) return value.valueOf();
      if (depth > MAX_DEPTH) throw new RangeError(`'${path}' is nested too deeply`);
      if (seen.includes(value)) throw new TypeError(`'${path}' refers back to itself`);
      seen.push(value);
      let copy;
      if (Array.isArray(value)) {
        copy = value.map((item, index) => data(item, `${path}.${index}`, depth + 1) ?? null);
      } else {
        copy = Object.create(null);
        for (const key of Object.keys(value)) {
          const item = data(value[key], path === '' ? key : `${path}.${key}`, depth + 1);
          if (item !== undefined) copy[key] = item;
        }
      }
      seen.pop();
      return copy;
    };

    const definition = isObject(namespace.default) ? data(namespace.default, '', 0) : null;
    const metadata = isObject(namespace.metadata) ? data(namespace.metadata, 'metadata', 0) : null;
    const others = [];
    for (const name of Object.keys(namespace)) {
      if (name === 'default' || name === 'metadata') continue;
      const value = namespace[name];
      if (isObject(value) && value !== namespace.default && typeof value.execute === 'function') {
        others.push({ name, definition: data(value, name, 0) });
      }
    }
    return JSON.stringify({ definition, metadata, others, functions });
  };
  return { '%exports': exported };
}

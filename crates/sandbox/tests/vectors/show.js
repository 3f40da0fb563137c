// A JSON text of any value, the same in Node and in the isolate. Shared by the vector makers and the tests.
(value) => {
  const seen = new Map();
  const plain = (v) => {
    if (v === undefined) return '<undefined>';
    if (typeof v === 'number') return Number.isFinite(v) && !Object.is(v, -0) ? v : `<${Object.is(v, -0) ? '-0' : v}>`;
    if (typeof v === 'bigint') return `<${v}n>`;
    if (typeof v === 'symbol' || typeof v === 'function') return `<${typeof v}>`;
    if (v === null || typeof v !== 'object') return v;
    if (seen.has(v)) return `<ref ${seen.get(v)}>`;
    seen.set(v, seen.size);
    if (v instanceof Error) return { error: v.name, own: v.constructor.name };
    if (v instanceof ArrayBuffer) return { buffer: [...new Uint8Array(v)] };
    if (ArrayBuffer.isView(v) && !(v instanceof DataView)) return { [v.constructor.name]: [...v].map(plain) };
    if (v instanceof Date) return { date: v.getTime() };
    if (v instanceof RegExp) return { regexp: String(v) };
    if (v instanceof Map) return { map: [...v].map(plain) };
    if (v instanceof Set) return { set: [...v].map(plain) };
    if (Array.isArray(v)) return Array.from(v, plain);
    return Object.fromEntries(Object.entries(v).map(([k, w]) => [k, plain(w)]));
  };
  return JSON.stringify(plain(value));
}

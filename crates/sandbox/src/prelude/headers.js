// Headers: case-insensitive, combined with ", ", listed sorted; the spelling of a name is kept for the wire.
export default function install(host, native) {
  const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

  const headerName = (name) => {
    const text = `${name}`;
    if (!TOKEN.test(text)) throw new TypeError(`Header name must be a valid HTTP token ["${text}"]`);
    return text;
  };
  const headerValue = (value, name) => {
    const text = `${value}`.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '');
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 255) {
        throw new TypeError(
          `Cannot convert argument to a ByteString because the character at index ${i} has a value of ${code} which is greater than 255.`,
        );
      }
      if (code === 0 || code === 10 || code === 13) throw new TypeError(`Invalid value for header "${name}"`);
    }
    return text;
  };

  class Headers {
    // Lower-case name → { name as first written, values }.
    #map = new Map();
    #immutable = false;
    constructor(init) {
      if (init === undefined) return;
      if (init === null || (typeof init !== 'object' && typeof init !== 'function')) {
        throw new TypeError('Headers constructor: expected a Headers, a sequence of pairs or a record');
      }
      if (#map in init) {
        for (const [key, { name, values }] of init.#map) this.#map.set(key, { name, values: [...values] });
      } else if (typeof init[Symbol.iterator] === 'function') {
        for (const pair of init) {
          const two = typeof pair === 'object' && pair !== null ? [...pair] : [];
          if (two.length !== 2) throw new TypeError('Headers constructor: expected name/value pair to be length 2');
          this.append(two[0], two[1]);
        }
      } else {
        for (const key of Reflect.ownKeys(init)) {
          if (Object.getOwnPropertyDescriptor(init, key)?.enumerable) this.append(key, init[key]);
        }
      }
    }
    #writable() {
      if (this.#immutable) throw new TypeError('immutable');
    }
    append(name, value) {
      name = headerName(name);
      value = headerValue(value, name);
      this.#writable();
      const found = this.#map.get(name.toLowerCase());
      if (found) found.values.push(value);
      else this.#map.set(name.toLowerCase(), { name, values: [value] });
    }
    set(name, value) {
      name = headerName(name);
      value = headerValue(value, name);
      this.#writable();
      this.#map.set(name.toLowerCase(), { name, values: [value] });
    }
    delete(name) {
      name = headerName(name);
      this.#writable();
      this.#map.delete(name.toLowerCase());
    }
    get(name) { return this.#map.get(headerName(name).toLowerCase())?.values.join(', ') ?? null; }
    has(name) { return this.#map.has(headerName(name).toLowerCase()); }
    getSetCookie() { return [...(this.#map.get('set-cookie')?.values ?? [])]; }
    forEach(callback, self) {
      if (typeof callback !== 'function') throw new TypeError('Headers.forEach: the callback must be a function');
      for (const [name, value] of this.#sorted()) callback.call(self, value, name, this);
    }
    #sorted() {
      const list = [];
      for (const key of [...this.#map.keys()].sort()) {
        const { values } = this.#map.get(key);
        if (key === 'set-cookie') for (const value of values) list.push([key, value]);
        else list.push([key, values.join(', ')]);
      }
      return list;
    }
    *entries() { yield* this.#sorted(); }
    *keys() { for (const pair of this.#sorted()) yield pair[0]; }
    *values() { for (const pair of this.#sorted()) yield pair[1]; }

    static expose() {
      return {
        /** Name and value pairs for the wire, in the order and spelling they were written. */
        pairs(headers) {
          const list = [];
          for (const { name, values } of headers.#map.values()) for (const value of values) list.push([name, value]);
          return list;
        },
        /** The headers of a response off the wire: values as they came, and nobody may change them. */
        received(pairs) {
          const headers = new Headers();
          for (const [name, value] of pairs) {
            const key = name.toLowerCase();
            const found = headers.#map.get(key);
            if (found) found.values.push(value);
            else headers.#map.set(key, { name, values: [value] });
          }
          headers.#immutable = true;
          return headers;
        },
        copy(headers) {
          const made = new Headers(headers);
          made.#immutable = headers.#immutable;
          return made;
        },
      };
    }
  }
  native.headers = Headers.expose();
  delete Headers.expose;
  Object.defineProperty(Headers.prototype, Symbol.iterator, {
    value: Headers.prototype.entries, writable: true, configurable: true,
  });
  Object.defineProperty(Headers.prototype, Symbol.toStringTag, { value: 'Headers', configurable: true });
  return { Headers };
}

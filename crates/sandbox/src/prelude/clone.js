// structuredClone: walks the graph with a work list, so that depth costs memory and not stack.
export default function install(host, native) {
  const { isBuffer } = host.global('%bytes');
  const { getPrototypeOf, keys, hasOwn, defineProperty } = Object;
  const dateTime = Date.prototype.getTime;
  const mapEntries = Map.prototype.entries;
  const setValues = Set.prototype.values;
  const primitiveOf = [Boolean, Number, String, BigInt].map((Type) => Type.prototype.valueOf);
  const regexpSource = Object.getOwnPropertyDescriptor(RegExp.prototype, 'source').get;
  const regexpFlags = Object.getOwnPropertyDescriptor(RegExp.prototype, 'flags').get;
  const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
  const OBJECT = Object.prototype;

  const fail = (what) => {
    throw new (host.global('DOMException'))(`${what} could not be cloned.`, 'DataCloneError');
  };
  const describe = (value) => {
    if (typeof value === 'function') {
      const text = Function.prototype.toString.call(value);
      return text.length > 100 ? `${text.slice(0, 100)}…` : text;
    }
    return typeof value === 'symbol' ? value.toString() : `#<${OBJECT.toString.call(value).slice(8, -1)}>`;
  };
  const attempt = (method, value) => {
    try {
      return [method.call(value)];
    } catch {
      return undefined;
    }
  };

  function structuredClone(value, options) {
    if (arguments.length === 0) throw new TypeError('The "value" argument must be specified');
    const seen = new Map();
    const work = [];
    for (const buffer of options?.transfer ?? []) {
      if (!isBuffer(buffer) || seen.has(buffer)) fail('The transfer list');
      seen.set(buffer, undefined);
    }
    for (const buffer of seen.keys()) seen.set(buffer, buffer.transfer());

    const visit = (input) => {
      if (input === null || (typeof input !== 'object' && typeof input !== 'function')) {
        return typeof input === 'symbol' ? fail(describe(input)) : input;
      }
      const known = seen.get(input);
      if (known !== undefined) return known;
      const made = shell(input);
      seen.set(input, made);
      return made;
    };

    const copyKeys = (input, made) => work.push(() => {
      for (const name of keys(input)) {
        if (!hasOwn(input, name)) continue;
        const cloned = visit(input[name]);
        if (name === '__proto__') defineProperty(made, name, { value: cloned, writable: true, enumerable: true, configurable: true });
        else made[name] = cloned;
      }
    });

    const shell = (input) => {
      if (typeof input === 'function' || native.isProxy?.(input)) return fail(describe(input));
      const proto = getPrototypeOf(input);
      if (Array.isArray(input)) {
        const made = new Array(input.length);
        copyKeys(input, made);
        return made;
      }
      if (proto !== OBJECT && proto !== null) {
        const special = platform(input);
        if (special !== undefined) return special;
      }
      const made = {};
      copyKeys(input, made);
      return made;
    };

    const platform = (input) => {
      if (isBuffer(input)) return input.slice(0);
      if (ArrayBuffer.isView(input)) {
        const buffer = visit(input.buffer);
        if (input[Symbol.toStringTag] === undefined || input instanceof DataView) {
          return new DataView(buffer, input.byteOffset, input.byteLength);
        }
        const Type = globalTypes[input[Symbol.toStringTag]];
        return new Type(buffer, input.byteOffset, input.length);
      }
      const entries = attempt(mapEntries, input);
      if (entries) {
        const made = new Map();
        const copy = [...entries[0]];
        work.push(() => {
          for (const [k, v] of copy) made.set(visit(k), visit(v));
        });
        return made;
      }
      const members = attempt(setValues, input);
      if (members) {
        const made = new Set();
        const copy = [...members[0]];
        work.push(() => {
          for (const member of copy) made.add(visit(member));
        });
        return made;
      }
      const time = attempt(dateTime, input);
      if (time) return new Date(time[0]);
      if (input instanceof RegExp && attempt(regexpSource, input)) {
        return new RegExp(regexpSource.call(input), regexpFlags.call(input));
      }
      for (const valueOf of primitiveOf) {
        const primitive = attempt(valueOf, input);
        if (primitive) return Object(primitive[0]);
      }
      if (input instanceof Error) return cloneError(input);
      if (native.blobs?.isBlob(input)) return input;
      if (/^\[object (Promise|WeakMap|WeakSet|WeakRef|Generator|AsyncGenerator|Symbol|CryptoKey)\]$/.test(OBJECT.toString.call(input))) {
        return fail(describe(input));
      }
      return undefined;
    };

    const cloneError = (input) => {
      if (OBJECT.toString.call(input) === '[object DOMException]') {
        return new (host.global('DOMException'))(input.message, input.name);
      }
      const Type = ERRORS[input.name] ?? Error;
      const made = new Type();
      const own = { writable: true, configurable: true };
      if (hasOwn(input, 'message')) defineProperty(made, 'message', { value: `${input.message}`, ...own });
      defineProperty(made, 'stack', { value: `${input.stack}`, ...own });
      if (hasOwn(input, 'cause')) work.push(() => defineProperty(made, 'cause', { value: visit(input.cause), ...own }));
      return made;
    };

    const result = visit(value);
    for (let next = 0; next < work.length; next++) {
      work[next]();
      work[next] = undefined;
    }
    return result;
  }

  const globalTypes = {};
  for (const Type of [
    Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array,
    BigInt64Array, BigUint64Array,
  ]) {
    globalTypes[Type.name] = Type;
  }
  if (typeof Float16Array === 'function') globalTypes.Float16Array = Float16Array;
  return { structuredClone };
}

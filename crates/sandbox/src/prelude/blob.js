// Blob, File and FormData: bytes held in memory, no streams.
export default function install(host, native) {
  const { view, concat } = host.global('%bytes');
  const usv = (value) => `${value}`.toWellFormed();
  const cleanType = (type) => (/^[\x20-\x7e]*$/.test(type) ? type.toLowerCase() : '');

  class Blob {
    #bytes;
    #type;
    constructor(parts = [], options = {}) {
      if (typeof parts !== 'object' || parts === null || typeof parts[Symbol.iterator] !== 'function') {
        throw new TypeError('The "sources" argument must be a sequence');
      }
      const chunks = [];
      for (const part of parts) {
        chunks.push(isBlob(part) ? part.#bytes : (view(part)?.slice() ?? new Uint8Array(native.utf8(usv(part)))));
      }
      this.#bytes = concat(chunks);
      this.#type = cleanType(usv(options?.type ?? ''));
    }
    get size() { return this.#bytes.length; }
    get type() { return this.#type; }
    slice(start = 0, end = this.#bytes.length, type = '') {
      const part = new Blob([], { type });
      part.#bytes = this.#bytes.slice(start, end);
      return part;
    }
    async arrayBuffer() { return this.#bytes.slice().buffer; }
    async bytes() { return this.#bytes.slice(); }
    async text() { return native.decode('utf-8', this.#bytes, false, false); }

    static expose() {
      return {
        isBlob: (value) => typeof value === 'object' && value !== null && #bytes in value,
        bytesOf: (blob) => blob.#bytes,
      };
    }
  }
  const { isBlob, bytesOf } = Blob.expose();
  delete Blob.expose;

  class File extends Blob {
    #name;
    #lastModified;
    constructor(parts, name, options = {}) {
      if (arguments.length < 2) throw new TypeError('The "fileBits" and "fileName" arguments must be specified');
      super(parts, options);
      this.#name = usv(name);
      this.#lastModified = options?.lastModified === undefined ? host.now() : Math.trunc(Number(options.lastModified)) || 0;
    }
    get name() { return this.#name; }
    get lastModified() { return this.#lastModified; }
  }

  const entry = (name, value, filename) => {
    if (!isBlob(value)) return [usv(name), usv(value)];
    const named = filename !== undefined ? usv(filename) : value instanceof File ? value.name : 'blob';
    const file = value instanceof File && value.name === named ? value : new File([value], named, { type: value.type });
    return [usv(name), file];
  };

  class FormData {
    #entries = [];
    constructor(form) {
      if (form !== undefined) throw new TypeError('FormData has no form to read here; call append instead');
    }
    append(name, value, filename) { this.#entries.push(entry(name, value, filename)); }
    set(name, value, filename) {
      const made = entry(name, value, filename);
      const first = this.#entries.findIndex((pair) => pair[0] === made[0]);
      if (first < 0) {
        this.#entries.push(made);
        return;
      }
      this.#entries[first] = made;
      this.#entries = this.#entries.filter((pair, index) => index <= first || pair[0] !== made[0]);
    }
    delete(name) {
      name = usv(name);
      this.#entries = this.#entries.filter((pair) => pair[0] !== name);
    }
    get(name) {
      name = usv(name);
      return this.#entries.find((pair) => pair[0] === name)?.[1] ?? null;
    }
    getAll(name) {
      name = usv(name);
      return this.#entries.filter((pair) => pair[0] === name).map((pair) => pair[1]);
    }
    has(name) {
      name = usv(name);
      return this.#entries.some((pair) => pair[0] === name);
    }
    forEach(callback, self) {
      for (const [name, value] of this.#entries) callback.call(self, value, name, this);
    }
    *entries() {
      for (let i = 0; i < this.#entries.length; i++) yield [...this.#entries[i]];
    }
    *keys() {
      for (let i = 0; i < this.#entries.length; i++) yield this.#entries[i][0];
    }
    *values() {
      for (let i = 0; i < this.#entries.length; i++) yield this.#entries[i][1];
    }
    static isForm(value) { return typeof value === 'object' && value !== null && #entries in value; }
  }
  const { isForm } = FormData;
  delete FormData.isForm;
  Object.defineProperty(FormData.prototype, Symbol.iterator, {
    value: FormData.prototype.entries, writable: true, configurable: true,
  });
  for (const Class of [Blob, File, FormData]) {
    Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
  }
  native.blobs = { isBlob, bytesOf, isForm };
  return { Blob, File, FormData };
}

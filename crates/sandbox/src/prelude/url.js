// URL and URLSearchParams. Parsing and the setters are native; this file keeps the two objects in step.
export default function install(host, native) {
  const { urlParse, urlSet, form } = native;
  const usv = (value) => `${value}`.toWellFormed();
  const HREF = 0;
  const SEARCH = 9;

  class URLSearchParams {
    #pairs = [];
    #changed = undefined;
    constructor(init = '') {
      if (init === null) return;
      if (typeof init !== 'object' && typeof init !== 'function') {
        this.#parse(usv(init));
      } else if (typeof init[Symbol.iterator] === 'function') {
        for (const pair of init) {
          const [...two] = pair;
          if (two.length !== 2) throw new TypeError('Each query pair must be an iterable [name, value] tuple');
          this.#pairs.push([usv(two[0]), usv(two[1])]);
        }
      } else {
        for (const name of Reflect.ownKeys(init)) {
          const property = Object.getOwnPropertyDescriptor(init, name);
          if (property?.enumerable) this.#pairs.push([usv(name), usv(init[name])]);
        }
      }
    }
    #parse(text) {
      const flat = form('parse', text.startsWith('?') ? text.slice(1) : text);
      this.#pairs = [];
      for (let i = 0; i < flat.length; i += 2) this.#pairs.push([flat[i], flat[i + 1]]);
    }
    #update() {
      this.#changed?.(this.toString());
    }
    get size() { return this.#pairs.length; }
    append(name, value) {
      this.#pairs.push([usv(name), usv(value)]);
      this.#update();
    }
    delete(name, value) {
      name = usv(name);
      const only = value === undefined ? undefined : usv(value);
      this.#pairs = this.#pairs.filter((pair) => pair[0] !== name || (only !== undefined && pair[1] !== only));
      this.#update();
    }
    get(name) {
      name = usv(name);
      return this.#pairs.find((pair) => pair[0] === name)?.[1] ?? null;
    }
    getAll(name) {
      name = usv(name);
      return this.#pairs.filter((pair) => pair[0] === name).map((pair) => pair[1]);
    }
    has(name, value) {
      name = usv(name);
      const only = value === undefined ? undefined : usv(value);
      return this.#pairs.some((pair) => pair[0] === name && (only === undefined || pair[1] === only));
    }
    set(name, value) {
      name = usv(name);
      value = usv(value);
      const first = this.#pairs.findIndex((pair) => pair[0] === name);
      if (first < 0) {
        this.#pairs.push([name, value]);
      } else {
        this.#pairs[first][1] = value;
        this.#pairs = this.#pairs.filter((pair, index) => index <= first || pair[0] !== name);
      }
      this.#update();
    }
    sort() {
      this.#pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
      this.#update();
    }
    forEach(callback, self) {
      if (typeof callback !== 'function') throw new TypeError('The "callback" argument must be a function');
      for (let i = 0; i < this.#pairs.length; i++) callback.call(self, this.#pairs[i][1], this.#pairs[i][0], this);
    }
    *entries() {
      for (let i = 0; i < this.#pairs.length; i++) yield [...this.#pairs[i]];
    }
    *keys() {
      for (let i = 0; i < this.#pairs.length; i++) yield this.#pairs[i][0];
    }
    *values() {
      for (let i = 0; i < this.#pairs.length; i++) yield this.#pairs[i][1];
    }
    toString() { return form('print', this.#pairs.flat()); }

    static expose() {
      return {
        isParams: (value) => typeof value === 'object' && value !== null && #pairs in value,
        reset: (params, search) => params.#parse(search),
        watch: (params, changed) => {
          params.#changed = changed;
        },
      };
    }
  }
  const { isParams, reset, watch } = URLSearchParams.expose();
  delete URLSearchParams.expose;
  native.isParams = isParams;
  Object.defineProperty(URLSearchParams.prototype, Symbol.iterator, {
    value: URLSearchParams.prototype.entries, writable: true, configurable: true,
  });

  const invalid = (input) => Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL', input });
  const parse = (input, base) => urlParse(usv(input), base === undefined ? undefined : usv(base));

  class URL {
    #fields;
    #params;
    constructor(input, base) {
      if (arguments.length === 0) throw new TypeError('The "url" argument must be specified');
      this.#fields = parse(input, base);
      if (this.#fields === undefined) throw invalid(usv(input));
    }
    static canParse(input, base) { return parse(input, base) !== undefined; }
    static parse(input, base) { return parse(input, base) === undefined ? null : new URL(input, base); }
    get href() { return this.#fields[HREF]; }
    set href(value) {
      const fields = parse(value);
      if (fields === undefined) throw invalid(usv(value));
      this.#fields = fields;
      this.#refresh();
    }
    get searchParams() {
      if (this.#params === undefined) {
        this.#params = new URLSearchParams(this.#fields[SEARCH]);
        watch(this.#params, (query) => {
          this.#fields = urlSet(this.#fields[HREF], 'search', query);
        });
      }
      return this.#params;
    }
    #refresh() {
      if (this.#params !== undefined) reset(this.#params, this.#fields[SEARCH]);
    }
    toString() { return this.#fields[HREF]; }
    toJSON() { return this.#fields[HREF]; }

    static field(url, at) { return url.#fields[at]; }
    static assign(url, property, value) {
      url.#fields = urlSet(url.#fields[HREF], property, usv(value));
      if (property === 'search') url.#refresh();
    }
  }
  const { field, assign } = URL;
  delete URL.field;
  delete URL.assign;
  const PROPERTIES = ['origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'];
  PROPERTIES.forEach((property, index) => {
    Object.defineProperty(URL.prototype, property, {
      get() { return field(this, index + 1); },
      set: property === 'origin' ? undefined : function (value) { assign(this, property, value); },
      enumerable: true,
      configurable: true,
    });
  });
  for (const Class of [URL, URLSearchParams]) {
    Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
  }
  return { URL, URLSearchParams };
}

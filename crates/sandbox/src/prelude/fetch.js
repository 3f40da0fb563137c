// fetch, Request and Response. The request itself is a journaled host call; nothing here touches a network.
export default function install(host, native) {
  const Headers = host.global('Headers');
  const { extract, mixin, tee, toWire } = host.global('%body');
  const { pairs, received, copy } = native.headers;
  const { urlParse } = native;
  const usv = (value) => `${value}`.toWellFormed();
  const isSignal = (value) => {
    host.global('AbortSignal');
    return native.abort.isSignal(value);
  };

  const METHODS = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT']);
  const methodOf = (value) => {
    const method = `${value}`;
    const upper = method.toUpperCase();
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(method) || ['CONNECT', 'TRACE', 'TRACK'].includes(upper)) {
      throw new TypeError(`'${method}' is not a valid HTTP method.`);
    }
    return METHODS.has(upper) ? upper : method;
  };
  const oneOf = (name, value, allowed, fallback) => {
    if (value === undefined) return fallback;
    if (!allowed.includes(`${value}`)) throw new TypeError(`Request constructor: ${value} is not an accepted type for ${name}`);
    return `${value}`;
  };
  const urlOf = (input) => {
    const fields = urlParse(usv(input));
    if (fields === undefined) throw new TypeError(`Failed to parse URL from ${usv(input)}`);
    if (fields[3] !== '' || fields[4] !== '') {
      throw new TypeError(`Request cannot be constructed from a URL that includes credentials: ${usv(input)}`);
    }
    return fields[0];
  };

  class Request {
    #method = 'GET';
    #url;
    #headers;
    #body = null;
    #signal = null;
    #redirect = 'follow';
    #rest = {};
    constructor(input, init) {
      if (arguments.length === 0) throw new TypeError('Request constructor: 1 argument required, but only 0 present.');
      init = init ?? {};
      if (typeof init !== 'object') throw new TypeError('Request constructor: init must be an object');
      const from = typeof input === 'object' && input !== null && #url in input ? input : undefined;
      if (from) {
        this.#method = from.#method;
        this.#signal = from.#signal;
        this.#redirect = from.#redirect;
        this.#rest = from.#rest;
      }
      this.#url = from ? from.#url : urlOf(input);
      if (init.method !== undefined) this.#method = methodOf(init.method);
      this.#headers = new Headers(init.headers ?? from?.#headers);
      this.#redirect = oneOf('redirect', init.redirect, ['follow', 'error', 'manual'], this.#redirect);
      if (init.signal !== undefined) this.#signal = init.signal;
      if (this.#signal !== null && !isSignal(this.#signal)) {
        throw new TypeError('Request constructor: Expected signal to be an instance of AbortSignal.');
      }
      this.#rest = { ...this.#rest, cache: init.cache, credentials: init.credentials, keepalive: init.keepalive, mode: init.mode };
      const bodied = init.body !== undefined && init.body !== null;
      if ((bodied || (from && from.#body !== null)) && (this.#method === 'GET' || this.#method === 'HEAD')) {
        throw new TypeError('Request with GET/HEAD method cannot have body.');
      }
      if (bodied) {
        const [body, type] = extract(init.body);
        this.#body = body;
        if (type !== null && !this.#headers.has('content-type')) this.#headers.set('Content-Type', type);
      } else if (from && from.#body !== null && init.body === undefined) {
        if (from.#body.used) throw new TypeError('Cannot construct a Request with a Request object that has already been used.');
        this.#body = { ...from.#body };
        from.#body.used = true;
      }
    }
    get method() { return this.#method; }
    get url() { return this.#url; }
    get headers() { return this.#headers; }
    get redirect() { return this.#redirect; }
    get signal() {
      if (this.#signal === null) this.#signal = new (host.global('AbortController'))().signal;
      return this.#signal;
    }
    get cache() { return this.#rest.cache ?? 'default'; }
    get credentials() { return this.#rest.credentials ?? 'same-origin'; }
    get destination() { return ''; }
    get duplex() { return 'half'; }
    get integrity() { return ''; }
    get keepalive() { return !!this.#rest.keepalive; }
    get mode() { return this.#rest.mode ?? 'cors'; }
    get referrer() { return 'about:client'; }
    get referrerPolicy() { return ''; }
    clone() {
      if (this.bodyUsed) throw new TypeError('unusable');
      const made = new Request(this.#url, { method: this.#method, headers: this.#headers, redirect: this.#redirect });
      made.#signal = this.#signal;
      made.#rest = this.#rest;
      made.#body = tee(this.#body);
      return made;
    }

    static expose() {
      return {
        requestBody: (request) => request.#body,
        signalOf: (request) => request.#signal,
        wire(request) {
          const call = {
            url: request.#url, method: request.#method, headers: pairs(request.#headers), body: toWire(request.#body),
          };
          if (request.#redirect !== 'follow') call.redirect = request.#redirect;
          if (request.#body !== null) request.#body.used = true;
          return call;
        },
      };
    }
  }
  const { requestBody, signalOf, wire } = Request.expose();
  delete Request.expose;
  mixin(Request, requestBody, (request) => request.headers.get('content-type'));

  const NULL_BODY = new Set([101, 204, 205, 304]);
  const REDIRECT = new Set([301, 302, 303, 307, 308]);

  class Response {
    #status = 200;
    #statusText = '';
    #headers;
    #body = null;
    #type = 'default';
    #url = '';
    #redirected = false;
    constructor(body = null, init) {
      init = init ?? {};
      if (typeof init !== 'object') throw new TypeError('Response constructor: init must be an object');
      const status = init.status === undefined ? 200 : Math.trunc(Number(init.status)) || 0;
      if (status < 200 || status > 599) throw new RangeError('init["status"] must be in the range of 200 to 599, inclusive.');
      const statusText = init.statusText === undefined ? '' : `${init.statusText}`;
      if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(statusText)) throw new TypeError('Invalid statusText');
      this.#status = status;
      this.#statusText = statusText;
      this.#headers = new Headers(init.headers);
      const [content, type] = extract(body);
      if (content !== null && NULL_BODY.has(status)) throw new TypeError(`Invalid response status code ${status}`);
      this.#body = content;
      if (type !== null && !this.#headers.has('content-type')) this.#headers.set('Content-Type', type);
    }
    get status() { return this.#status; }
    get statusText() { return this.#statusText; }
    get ok() { return this.#status >= 200 && this.#status <= 299; }
    get headers() { return this.#headers; }
    get type() { return this.#type; }
    get url() { return this.#url; }
    get redirected() { return this.#redirected; }
    clone() {
      const made = new Response();
      made.#body = tee(this.#body);
      made.#headers = copy(this.#headers);
      made.#status = this.#status;
      made.#statusText = this.#statusText;
      made.#type = this.#type;
      made.#url = this.#url;
      made.#redirected = this.#redirected;
      return made;
    }
    static error() {
      const made = new Response();
      made.#status = 0;
      made.#type = 'error';
      made.#headers = received([]);
      return made;
    }
    static json(data, init) {
      const text = JSON.stringify(data);
      if (text === undefined) throw new TypeError('Value is not JSON serializable');
      const made = new Response(text, init);
      if (!new Headers(init?.headers).has('content-type')) made.#headers.set('Content-Type', 'application/json');
      return made;
    }
    static redirect(url, status = 302) {
      const fields = urlParse(usv(url));
      if (fields === undefined) throw new TypeError(`Failed to parse URL from ${usv(url)}`);
      if (!REDIRECT.has(status)) throw new RangeError(`Invalid status code ${status}`);
      const made = new Response(null);
      made.#status = status;
      made.#headers = received([['location', fields[0]]]);
      return made;
    }

    static expose() {
      return {
        responseBody: (response) => response.#body,
        arrived(outcome) {
          const made = new Response();
          made.#status = outcome.status;
          made.#statusText = outcome.status_text ?? '';
          made.#headers = received(outcome.headers ?? []);
          made.#type = 'basic';
          made.#url = (outcome.url ?? '').replace(/#.*$/s, '');
          made.#redirected = outcome.redirected ?? false;
          const content = outcome.body ?? null;
          made.#body = content === null || NULL_BODY.has(outcome.status) ? null : { ...content, used: false };
          return made;
        },
      };
    }
  }
  const { responseBody, arrived } = Response.expose();
  delete Response.expose;
  mixin(Response, responseBody, (response) => response.headers.get('content-type'));
  for (const Class of [Request, Response]) {
    Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
  }

  const networkError = (error) =>
    error?.name === 'TypeError' && !(error instanceof TypeError) ? new TypeError(error.message, { cause: error }) : error;

  // Asked for before it returns: the order of host calls is the order of calls to fetch.
  function fetch(input, init) {
    return new Promise((resolve, reject) => {
      if (arguments.length === 0) throw new TypeError('fetch: 1 argument required, but only 0 present.');
      const request = new Request(input, init);
      const signal = signalOf(request);
      if (signal?.aborted) throw signal.reason;
      const call = host.call('fetch', wire(request));
      const forget = signal === null ? () => {} : native.abort.onAbort(signal, () => {
        host.abandon(call.seq);
        reject(signal.reason);
      });
      call.then(
        (outcome) => {
          forget();
          resolve(arrived(outcome));
        },
        (error) => {
          forget();
          reject(networkError(error));
        },
      );
    });
  }
  return { fetch: Object.defineProperty(fetch, 'length', { value: 1, configurable: true }), Request, Response };
}

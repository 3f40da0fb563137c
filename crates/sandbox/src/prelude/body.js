// Bodies of Request and Response: what may be one, its default content type, and the methods that read it.
//
// A body is `{ text }`, `{ bytes }` or `{ base64 }` plus `used`; `null` where there is none. Everything is in memory.
export default function install(host, native) {
  const { view, concat } = host.global('%bytes');
  const FORM = 'application/x-www-form-urlencoded';
  const utf8 = (text) => new Uint8Array(native.utf8(text));
  const utf8Decode = (bytes) => native.decode('utf-8', bytes, false, false);

  /** The body a value makes, as `[body, contentType or null]`. */
  const extract = (value) => {
    if (value === null || value === undefined) return [null, null];
    if (typeof value === 'object') {
      const bytes = view(value);
      if (bytes !== undefined) return [{ bytes: bytes.slice(), used: false }, null];
      if (native.isParams?.(value)) return [{ text: value.toString(), used: false }, `${FORM};charset=UTF-8`];
      if (native.blobs?.isBlob(value)) return [{ bytes: native.blobs.bytesOf(value), used: false }, value.type || null];
      if (native.blobs?.isForm(value)) return multipart(value);
      if (typeof value.getReader === 'function') throw new TypeError('Streams cannot be sent; send their bytes or text');
    }
    return [{ text: `${value}`.toWellFormed(), used: false }, 'text/plain;charset=UTF-8'];
  };

  const escapeName = (name) => name.replace(/\r\n|\r|\n/g, '%0D%0A').replaceAll('"', '%22');

  const multipart = (form) => {
    const token = native.base64('print', new Uint8Array(native.randomBytes(18))).replaceAll('/', 'a').replaceAll('+', 'b');
    const boundary = `----formdata-${token}`;
    const chunks = [];
    let onlyText = true;
    for (const [name, value] of form) {
      const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(name)}"`;
      if (typeof value === 'string') {
        chunks.push(`${head}\r\n\r\n${value.replace(/\r\n|\r|\n/g, '\r\n')}\r\n`);
        continue;
      }
      onlyText = false;
      const type = value.type || 'application/octet-stream';
      chunks.push(`${head}; filename="${escapeName(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`);
      chunks.push(native.blobs.bytesOf(value), '\r\n');
    }
    chunks.push(`--${boundary}--\r\n`);
    const type = `multipart/form-data; boundary=${boundary}`;
    if (onlyText) return [{ text: chunks.join(''), used: false }, type];
    return [{ bytes: concat(chunks.map((c) => (typeof c === 'string' ? utf8(c) : c))), used: false }, type];
  };

  const bytesOf = (body) => {
    if (body === null) return new Uint8Array(0);
    if (body.bytes === undefined) {
      body.bytes = body.text !== undefined ? utf8(body.text) : new Uint8Array(native.base64('parse', body.base64));
    }
    return body.bytes;
  };
  const textOf = (body) => {
    if (body === null) return '';
    if (body.text === undefined) return utf8Decode(bytesOf(body));
    return body.text.charCodeAt(0) === 0xfeff ? body.text.slice(1) : body.text;
  };

  /** The body as an argument of the `fetch` host call. */
  const toWire = (body) => {
    if (body === null) return null;
    if (body.text !== undefined) return { text: body.text };
    return { base64: body.base64 ?? native.base64('print', body.bytes) };
  };

  const parseMultipart = (bytes, boundary) => {
    const FormData = host.global('FormData');
    const File = host.global('File');
    const broken = () => new TypeError('Failed to parse body as FormData.');
    const form = new FormData();
    // One character per byte, so that offsets in the string are offsets in the bytes.
    const raw = native.base64('atob', native.base64('print', bytes));
    const mark = `--${boundary}`;
    let at = raw.indexOf(mark);
    if (at < 0) throw broken();
    for (;;) {
      at += mark.length;
      if (raw.startsWith('--', at)) return form;
      const headEnd = raw.indexOf('\r\n\r\n', at);
      const end = raw.indexOf(`\r\n${mark}`, headEnd);
      if (headEnd < 0 || end < 0) throw broken();
      const head = utf8Decode(bytes.subarray(at, headEnd));
      const content = bytes.slice(headEnd + 4, end);
      const name = /;\s*name="([^"]*)"/i.exec(head)?.[1];
      const filename = /;\s*filename="([^"]*)"/i.exec(head)?.[1];
      if (name === undefined) throw broken();
      const unescape = (text) => text.replace(/%0D%0A/gi, '\r\n').replaceAll('%22', '"');
      if (filename === undefined) {
        form.append(unescape(name), utf8Decode(content));
      } else {
        const type = /\r\ncontent-type:\s*([^\r\n]+)/i.exec(head)?.[1] ?? 'text/plain';
        form.append(unescape(name), new File([content], unescape(filename), { type }));
      }
      at = end + 2;
    }
  };

  const parseForm = (body, type) => {
    const essence = (type ?? '').split(';')[0].trim().toLowerCase();
    if (essence === 'multipart/form-data') {
      const boundary = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(type);
      if (boundary) return parseMultipart(bytesOf(body), boundary[1] ?? boundary[2]);
    } else if (essence === FORM) {
      const form = new (host.global('FormData'))();
      const flat = native.form('parse', textOf(body));
      for (let i = 0; i < flat.length; i += 2) form.append(flat[i], flat[i + 1]);
      return form;
    }
    throw new TypeError('Content-Type was not one of "multipart/form-data" or "application/x-www-form-urlencoded".');
  };

  /** The smallest thing that reads like a stream: one chunk, then the end. */
  const streamOf = (body) => {
    let locked = false;
    const read = async () => {
      if (body.used) return { value: undefined, done: true };
      body.used = true;
      return { value: bytesOf(body).slice(), done: false };
    };
    const cancel = async () => {
      body.used = true;
    };
    const stream = {
      get locked() { return locked; },
      getReader() {
        if (locked) throw new TypeError('Invalid state: ReadableStream is locked');
        locked = true;
        return {
          read,
          cancel,
          closed: Promise.resolve(),
          releaseLock() {
            locked = false;
          },
        };
      },
      cancel,
      async *[Symbol.asyncIterator]() {
        for (let chunk = await read(); !chunk.done; chunk = await read()) yield chunk.value;
      },
    };
    Object.defineProperty(stream, Symbol.toStringTag, { value: 'ReadableStream' });
    return stream;
  };

  /** Gives `Class` the reading methods; `stateOf(object)` is its body and `typeOf(object)` its content type. */
  const mixin = (Class, stateOf, typeOf) => {
    const take = (object) => {
      const body = stateOf(object);
      if (body === null) return body;
      if (body.used) throw new TypeError('Body is unusable: Body has already been read');
      body.used = true;
      return body;
    };
    const streams = new WeakMap();
    const methods = {
      get body() {
        const body = stateOf(this);
        if (body === null) return null;
        if (!streams.has(body)) streams.set(body, streamOf(body));
        return streams.get(body);
      },
      get bodyUsed() { return stateOf(this)?.used ?? false; },
      async arrayBuffer() { return bytesOf(take(this)).slice().buffer; },
      async bytes() { return bytesOf(take(this)).slice(); },
      async blob() {
        const body = take(this);
        return new (host.global('Blob'))([bytesOf(body)], { type: typeOf(this) ?? '' });
      },
      async formData() {
        const body = take(this);
        return parseForm(body, typeOf(this));
      },
      async json() { return JSON.parse(textOf(take(this))); },
      async text() { return textOf(take(this)); },
    };
    Object.defineProperties(Class.prototype, Object.getOwnPropertyDescriptors(methods));
  };

  /** A second body over the same content. */
  const tee = (body) => {
    if (body === null) return null;
    if (body.used) throw new TypeError('Response.clone: Body has already been consumed.');
    return { ...body };
  };

  return { '%body': { extract, mixin, tee, toWire } };
}

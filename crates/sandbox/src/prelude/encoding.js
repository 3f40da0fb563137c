// Text codecs and Base64.
export default function install(host, native) {
  const { utf8, encoding, decode, decoder, base64 } = native;
  const { view } = host.global('%bytes');
  const empty = new Uint8Array(0);

  class TextEncoder {
    get encoding() { return 'utf-8'; }
    encode(input = '') { return new Uint8Array(utf8(`${input}`.toWellFormed())); }
    encodeInto(source, destination) {
      if (!(destination instanceof Uint8Array)) throw new TypeError('The "dest" argument must be a Uint8Array');
      let read = 0;
      let written = 0;
      for (const character of `${source}`) {
        const bytes = utf8(character.toWellFormed());
        if (written + bytes.byteLength > destination.length) break;
        destination.set(new Uint8Array(bytes), written);
        written += bytes.byteLength;
        read += character.length;
      }
      return { read, written };
    }
  }

  class TextDecoder {
    #name;
    // Only bytes that come in pieces need a decoder that remembers.
    #pieces;
    #fatal;
    #ignoreBOM;
    constructor(label = 'utf-8', options = {}) {
      this.#name = encoding(`${label}`.toWellFormed());
      if (this.#name === undefined) {
        throw Object.assign(new RangeError(`The "${label}" encoding is not supported`), {
          code: 'ERR_ENCODING_NOT_SUPPORTED',
        });
      }
      this.#fatal = !!options?.fatal;
      this.#ignoreBOM = !!options?.ignoreBOM;
    }
    get encoding() { return this.#name; }
    get fatal() { return this.#fatal; }
    get ignoreBOM() { return this.#ignoreBOM; }
    decode(input, options) {
      const bytes = input === undefined ? empty : view(input);
      if (bytes === undefined) {
        throw new TypeError('The "list" argument must be an instance of ArrayBuffer or ArrayBufferView');
      }
      const last = !options?.stream;
      if (!last) this.#pieces ??= decoder(this.#name);
      const text = this.#pieces === undefined
        ? decode(this.#name, bytes, this.#fatal, this.#ignoreBOM)
        : this.#pieces(bytes, this.#fatal, this.#ignoreBOM, last);
      if (text === undefined) {
        throw Object.assign(new TypeError(`The encoded data was not valid for encoding ${this.#name}`), {
          code: 'ERR_ENCODING_INVALID_ENCODED_DATA',
        });
      }
      return text;
    }
  }
  for (const Class of [TextEncoder, TextDecoder]) {
    Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
  }

  const convert = (op, message) => (input) => {
    const output = base64(op, `${input}`.toWellFormed());
    if (output === undefined) throw new (host.global('DOMException'))(message, 'InvalidCharacterError');
    return output;
  };
  const decodeBase64 = convert('atob', 'The string to be decoded is not correctly encoded.');
  const encodeBase64 = convert('btoa', 'Invalid character');
  function atob(data) {
    if (arguments.length === 0) throw new TypeError('The "data" argument must be specified');
    return decodeBase64(data);
  }
  function btoa(data) {
    if (arguments.length === 0) throw new TypeError('The "data" argument must be specified');
    return encodeBase64(data);
  }
  return { TextEncoder, TextDecoder, atob, btoa };
}

// Web Crypto as workflows use it: random values from the run's seed, SHA hashes, HMAC.
export default function install(host, native) {
  const { digest, randomBytes, base64 } = native;
  const { view } = host.global('%bytes');
  const exception = (message, name) => new (host.global('DOMException'))(message, name);
  const random = (length) => new Uint8Array(randomBytes(length));
  const BLOCK = { 'SHA-1': 512, 'SHA-256': 512, 'SHA-384': 1024, 'SHA-512': 1024 };
  const INTEGERS = /^(Big)?(Int|Uint)\d+(Clamped)?Array$/;
  const key = {};

  const bytes = (data) => {
    const found = view(data);
    if (found === undefined) throw new TypeError('The data must be an ArrayBuffer or a view on one');
    return found;
  };
  const nameOf = (algorithm) => `${typeof algorithm === 'object' && algorithm !== null ? algorithm.name : algorithm}`.toUpperCase();
  const hashOf = (algorithm) => {
    const name = nameOf(algorithm);
    if (!Object.hasOwn(BLOCK, name)) throw exception('Unrecognized algorithm name', 'NotSupportedError');
    return name;
  };
  const hmacOnly = (algorithm) => {
    if (nameOf(algorithm) !== 'HMAC') throw exception('Only HMAC keys are supported', 'NotSupportedError');
  };
  const base64url = (data) => base64('print', data).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
  const fromBase64url = (text) => {
    const buffer = base64('parse', `${text}`.replaceAll('-', '+').replaceAll('_', '/'));
    if (buffer === undefined) throw exception('Invalid keyData', 'DataError');
    return new Uint8Array(buffer);
  };

  class CryptoKey {
    #secret;
    #algorithm;
    #extractable;
    #usages;
    constructor(token, secret, hash, extractable, usages) {
      if (token !== key) throw new TypeError('Illegal constructor');
      this.#secret = secret;
      this.#algorithm = { name: 'HMAC', hash: { name: hash }, length: secret.length * 8 };
      this.#extractable = !!extractable;
      this.#usages = ['sign', 'verify'].filter((usage) => usages.includes(usage));
      if (usages.some((usage) => usage !== 'sign' && usage !== 'verify')) {
        throw exception('Unsupported key usage for an HMAC key', 'SyntaxError');
      }
      if (this.#usages.length === 0) throw exception('Usages cannot be empty when importing a secret key.', 'SyntaxError');
    }
    get type() { return 'secret'; }
    get extractable() { return this.#extractable; }
    get algorithm() { return this.#algorithm; }
    get usages() { return this.#usages; }

    static expose() {
      return (value, usage) => {
        if (typeof value !== 'object' || value === null || !(#secret in value)) throw new TypeError('The key must be a CryptoKey');
        if (usage !== undefined && !value.#usages.includes(usage)) {
          throw exception(`Unable to use this key to ${usage}`, 'InvalidAccessError');
        }
        return value.#secret;
      };
    }
  }
  const secretOf = CryptoKey.expose();
  delete CryptoKey.expose;

  class SubtleCrypto {
    constructor(token) {
      if (token !== key) throw new TypeError('Illegal constructor');
    }
    async digest(algorithm, data) { return digest(hashOf(algorithm), bytes(data)); }
    async importKey(format, keyData, algorithm, extractable, usages) {
      hmacOnly(algorithm);
      const hash = hashOf(algorithm.hash);
      let secret;
      if (format === 'raw') secret = bytes(keyData).slice();
      else if (format === 'jwk' && keyData?.kty === 'oct') secret = fromBase64url(keyData.k);
      else throw exception(`Unable to import HMAC key with format ${format}`, 'NotSupportedError');
      if (secret.length === 0) throw exception('Zero-length key is not supported', 'DataError');
      return new CryptoKey(key, secret, hash, extractable, [...usages]);
    }
    async generateKey(algorithm, extractable, usages) {
      hmacOnly(algorithm);
      const hash = hashOf(algorithm.hash);
      return new CryptoKey(key, random((algorithm.length ?? BLOCK[hash]) >> 3), hash, extractable, [...usages]);
    }
    async exportKey(format, cryptoKey) {
      const secret = secretOf(cryptoKey);
      if (!cryptoKey.extractable) throw exception('key is not extractable', 'InvalidAccessError');
      if (format === 'raw') return secret.slice().buffer;
      if (format !== 'jwk') throw exception(`Unable to export a raw key as ${format}`, 'NotSupportedError');
      const alg = `HS${cryptoKey.algorithm.hash.name.slice(4)}`;
      return { key_ops: [...cryptoKey.usages], ext: true, kty: 'oct', k: base64url(secret), alg };
    }
    async sign(algorithm, cryptoKey, data) {
      hmacOnly(algorithm);
      return digest(cryptoKey.algorithm.hash.name, bytes(data), secretOf(cryptoKey, 'sign'));
    }
    async verify(algorithm, cryptoKey, signature, data) {
      hmacOnly(algorithm);
      return digest(cryptoKey.algorithm.hash.name, bytes(data), secretOf(cryptoKey, 'verify'), bytes(signature));
    }
  }

  const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
  const subtle = new SubtleCrypto(key);

  class Crypto {
    constructor(token) {
      if (token !== key) throw new TypeError('Illegal constructor');
    }
    get subtle() { return subtle; }
    getRandomValues(array) {
      if (!ArrayBuffer.isView(array) || !INTEGERS.test(array[Symbol.toStringTag])) {
        throw exception('The data argument must be an integer-type TypedArray', 'TypeMismatchError');
      }
      if (array.byteLength > 65536) {
        throw exception('The requested length exceeds 65,536 bytes', 'QuotaExceededError');
      }
      view(array).set(random(array.byteLength));
      return array;
    }
    randomUUID() {
      const b = random(16);
      b[6] = (b[6] & 0x0f) | 0x40;
      b[8] = (b[8] & 0x3f) | 0x80;
      const hex = Array.from(b, (byte) => HEX[byte]).join('');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    }
  }
  for (const Class of [Crypto, SubtleCrypto, CryptoKey]) {
    Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
  }
  return { crypto: new Crypto(key), Crypto, SubtleCrypto, CryptoKey };
}

// DOMException, an Error whose prototype carries the legacy codes.
export default function install() {
  const LEGACY = [
    'IndexSizeError', '', 'HierarchyRequestError', 'WrongDocumentError', 'InvalidCharacterError', '',
    'NoModificationAllowedError', 'NotFoundError', 'NotSupportedError', 'InUseAttributeError', 'InvalidStateError',
    'SyntaxError', 'InvalidModificationError', 'NamespaceError', 'InvalidAccessError', '', 'TypeMismatchError',
    'SecurityError', 'NetworkError', 'AbortError', 'URLMismatchError', 'QuotaExceededError', 'TimeoutError',
    'InvalidNodeTypeError', 'DataCloneError',
  ];

  class DOMException extends Error {
    #name;
    constructor(message = '', options = 'Error') {
      super(`${message}`);
      if (options !== null && typeof options === 'object') {
        this.#name = options.name === undefined ? 'Error' : `${options.name}`;
        if ('cause' in options) {
          Object.defineProperty(this, 'cause', { value: options.cause, writable: true, configurable: true });
        }
      } else {
        this.#name = `${options}`;
      }
    }
    get name() {
      return this.#name;
    }
    get code() {
      return LEGACY.indexOf(this.#name) + 1;
    }
  }
  Object.defineProperty(DOMException.prototype, Symbol.toStringTag, { value: 'DOMException', configurable: true });
  LEGACY.forEach((name, index) => {
    if (name === '') return;
    // `InvalidStateError` is also `INVALID_STATE_ERR`.
    const constant = name.replace('URLMismatch', 'UrlMismatch').slice(0, -5).replace(/(?!^)[A-Z]/g, (c) => `_${c}`);
    const shared = { value: index + 1, enumerable: true };
    const key = `${constant.toUpperCase()}_ERR`;
    Object.defineProperty(DOMException, key, shared);
    Object.defineProperty(DOMException.prototype, key, shared);
  });
  return { DOMException };
}

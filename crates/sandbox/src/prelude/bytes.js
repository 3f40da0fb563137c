// Views on buffers. One place, because every web function that takes bytes takes all of these shapes.
export default function install() {
  const isView = ArrayBuffer.isView;
  const lengthOfBuffer = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength').get;
  const isBuffer = (value) => {
    try {
      lengthOfBuffer.call(value);
      return true;
    } catch {
      return false;
    }
  };
  return {
    '%bytes': {
      isBuffer,
      /** A `Uint8Array` over the same memory as an `ArrayBuffer` or any view; undefined for anything else. */
      view(value) {
        if (value === null || typeof value !== 'object') return undefined;
        if (isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
        return isBuffer(value) ? new Uint8Array(value) : undefined;
      },
      /** One `Uint8Array` holding all of `chunks` in order. */
      concat(chunks) {
        let length = 0;
        for (const chunk of chunks) length += chunk.length;
        const all = new Uint8Array(length);
        let at = 0;
        for (const chunk of chunks) {
          all.set(chunk, at);
          at += chunk.length;
        }
        return all;
      },
    },
  };
}

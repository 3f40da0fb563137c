// AbortController and AbortSignal. A time-out is a durable timer like any other, so it fires at the same point on replay.
export default function install(host, native) {
  const EventTarget = host.global('EventTarget');
  const Event = host.global('Event');
  const exception = (message, name) => new (host.global('DOMException'))(message, name);
  const aborted = () => exception('This operation was aborted', 'AbortError');
  const key = {};

  class AbortSignal extends EventTarget {
    #aborted = false;
    #reason = undefined;
    #onabort = null;
    #steps = new Set();
    constructor(token) {
      if (token !== key) throw new TypeError('Illegal constructor');
      super();
    }
    get aborted() { return this.#aborted; }
    get reason() { return this.#reason; }
    get onabort() { return this.#onabort; }
    set onabort(handler) {
      if (this.#onabort === null) {
        this.addEventListener('abort', (event) => {
          if (typeof this.#onabort === 'function') this.#onabort.call(this, event);
        });
      }
      this.#onabort = typeof handler === 'function' ? handler : null;
    }
    throwIfAborted() {
      if (this.#aborted) throw this.#reason;
    }

    static abort(reason = aborted()) {
      const signal = new AbortSignal(key);
      trigger(signal, reason);
      return signal;
    }
    static timeout(milliseconds) {
      const ms = Number(milliseconds);
      if (!Number.isFinite(ms) || ms < 0) throw new RangeError('The value of "delay" is out of range');
      const signal = new AbortSignal(key);
      host.call('timer', { ms: Math.trunc(ms) }).then(
        () => trigger(signal, exception('The operation was aborted due to timeout', 'TimeoutError')),
        () => {},
      );
      return signal;
    }
    static any(signals) {
      const sources = Array.from(signals);
      const signal = new AbortSignal(key);
      for (const source of sources) {
        if (!isSignal(source)) throw new TypeError('The "signals" argument must hold AbortSignals');
      }
      const first = sources.find((source) => source.#aborted);
      if (first) trigger(signal, first.#reason);
      else for (const source of sources) source.#steps.add(() => trigger(signal, source.#reason));
      return signal;
    }

    // What the other prelude files need: hooks that run before any listener of the tenant.
    static expose() {
      return {
        isSignal: (value) => typeof value === 'object' && value !== null && #steps in value,
        trigger(signal, reason) {
          if (signal.#aborted) return;
          signal.#aborted = true;
          signal.#reason = reason;
          const steps = [...signal.#steps];
          signal.#steps.clear();
          for (const step of steps) step();
          signal.dispatchEvent(new Event('abort'));
        },
        onAbort(signal, step) {
          signal.#steps.add(step);
          return () => signal.#steps.delete(step);
        },
      };
    }
  }
  const { isSignal, trigger, onAbort } = AbortSignal.expose();
  delete AbortSignal.expose;
  native.abort = { isSignal, onAbort };

  class AbortController {
    #signal = new AbortSignal(key);
    get signal() { return this.#signal; }
    abort(reason = aborted()) { trigger(this.#signal, reason); }
  }
  for (const Class of [AbortSignal, AbortController]) {
    Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
  }
  return { AbortController, AbortSignal };
}

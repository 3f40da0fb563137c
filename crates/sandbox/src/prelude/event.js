// Events, as far as AbortSignal and small emitters need them: no tree, no phases, no passive listeners.
export default function install(host, native) {
  class Event {
    #type;
    #init;
    #target = null;
    #prevented = false;
    #stopped = false;
    #dispatching = false;
    constructor(type, init = {}) {
      if (arguments.length === 0) throw new TypeError('The "type" argument must be specified');
      this.#type = `${type}`;
      this.#init = { bubbles: !!init?.bubbles, cancelable: !!init?.cancelable, composed: !!init?.composed };
      this.#time = host.now();
    }
    #time;
    get type() { return this.#type; }
    get target() { return this.#target; }
    get currentTarget() { return this.#dispatching ? this.#target : null; }
    get srcElement() { return this.#target; }
    get bubbles() { return this.#init.bubbles; }
    get cancelable() { return this.#init.cancelable; }
    get composed() { return this.#init.composed; }
    get defaultPrevented() { return this.#prevented; }
    get returnValue() { return !this.#prevented; }
    get eventPhase() { return this.#dispatching ? 2 : 0; }
    get isTrusted() { return false; }
    get timeStamp() { return this.#time; }
    composedPath() { return this.#dispatching ? [this.#target] : []; }
    preventDefault() { if (this.#init.cancelable) this.#prevented = true; }
    stopPropagation() {}
    stopImmediatePropagation() { this.#stopped = true; }

    static dispatch(event, target, listeners) {
      if (event.#dispatching) {
        throw new (host.global('DOMException'))('The event is already being dispatched', 'InvalidStateError');
      }
      event.#target = target;
      event.#dispatching = true;
      event.#stopped = false;
      for (const listener of listeners) {
        if (event.#stopped) break;
        listener(event);
      }
      event.#dispatching = false;
      return !event.#prevented;
    }
  }
  const dispatch = Event.dispatch;
  delete Event.dispatch;

  class CustomEvent extends Event {
    #detail;
    constructor(type, init = {}) {
      super(type, init);
      this.#detail = init?.detail ?? null;
    }
    get detail() { return this.#detail; }
  }

  // A listener's exception must not stop the others, nor the code that dispatched: it surfaces as an unhandled rejection.
  const guarded = (callback, target) => (event) => {
    try {
      if (typeof callback === 'function') callback.call(target, event);
      else callback.handleEvent(event);
    } catch (error) {
      Promise.reject(error);
    }
  };

  class EventTarget {
    #listeners = [];
    addEventListener(type, callback, options) {
      if (callback === null || callback === undefined) return;
      if (typeof callback !== 'function' && typeof callback !== 'object') {
        throw new TypeError('The "listener" argument must be a function or an object');
      }
      const { once = false, capture = false, signal } = typeof options === 'object' && options !== null
        ? options
        : { capture: !!options };
      type = `${type}`;
      if (signal?.aborted) return;
      if (this.#find(type, callback, capture) >= 0) return;
      this.#listeners.push({ type, callback, once: !!once, capture: !!capture });
      signal?.addEventListener('abort', () => this.removeEventListener(type, callback, { capture }));
    }
    removeEventListener(type, callback, options) {
      const capture = typeof options === 'object' && options !== null ? options.capture : options;
      const at = this.#find(`${type}`, callback, capture);
      if (at >= 0) this.#listeners.splice(at, 1)[0].removed = true;
    }
    dispatchEvent(event) {
      if (!(event instanceof Event)) throw new TypeError('The "event" argument must be an instance of Event');
      const ready = this.#listeners.filter((entry) => entry.type === event.type);
      return dispatch(event, this, ready.map((entry) => (fired) => {
        if (entry.removed) return;
        if (entry.once) this.removeEventListener(entry.type, entry.callback, { capture: entry.capture });
        guarded(entry.callback, this)(fired);
      }));
    }
    #find(type, callback, capture) {
      return this.#listeners.findIndex(
        (entry) => entry.type === type && entry.callback === callback && entry.capture === !!capture,
      );
    }
  }
  for (const Class of [Event, CustomEvent, EventTarget]) {
    Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: Class.name, configurable: true });
  }
  return { Event, CustomEvent, EventTarget };
}

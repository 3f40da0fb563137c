// The isolate's first code. It closes the roads to the parser, puts time and randomness under the journal's control, and
// carries host calls. It runs before any tenant code and keeps its own references to what it needs from the engine, so a
// program that rewrites a prototype only changes its own world. For the same reason nothing below iterates or spreads.
export default function boot(native) {
  const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, create } = Object;
  const { apply, construct } = Reflect;
  const { stringify } = JSON;
  const { abs, trunc } = Math;
  const slice = Array.prototype.slice;
  const split = String.prototype.split;
  const PromiseClass = Promise;
  const ErrorClass = Error;
  const stackGetter = getOwnPropertyDescriptor(Error.prototype, 'stack').get;
  const errorClasses = { __proto__: null, Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError };
  const { ask, random, now, isProxy } = native;

  const hide = (object, name, value) =>
    defineProperty(object, name, { __proto__: null, value, writable: true, enumerable: false, configurable: true });
  const stackOf = (error) => apply(stackGetter, error, []);
  const here = () => stackOf(new ErrorClass());

  // --- no dynamic code -------------------------------------------------------------------------------------------------
  const Refused = function Function() {
    throw new TypeError('dynamic code is disabled');
  };
  const plain = getPrototypeOf(() => {});
  defineProperty(Refused, 'prototype', { __proto__: null, value: plain, writable: false });
  const makers = [plain, getPrototypeOf(async () => {}), getPrototypeOf(function* () {}), getPrototypeOf(async function* () {})];
  for (let i = 0; i < makers.length; i += 1) {
    defineProperty(makers[i], 'constructor', { __proto__: null, value: Refused, writable: false, enumerable: false, configurable: false });
  }
  hide(globalThis, 'Function', Refused);
  const absent = ['eval', 'Atomics', 'SharedArrayBuffer', 'WeakRef', 'FinalizationRegistry', 'WebAssembly', 'performance'];
  for (let i = 0; i < absent.length; i += 1) delete globalThis[absent[i]];
  // A hook that runs program code while an error is being made can swallow the interrupt.
  delete Error.prepareStackTrace;

  // --- time and randomness ---------------------------------------------------------------------------------------------
  const RealDate = Date;
  const VirtualDate = function Date(year, month, date, hours, minutes, seconds, ms) {
    if (new.target === undefined) return new RealDate(now()).toString();
    return construct(RealDate, arguments.length === 0 ? [now()] : apply(slice, arguments, [0, 7]), new.target);
  };
  defineProperty(VirtualDate, 'prototype', { __proto__: null, value: RealDate.prototype, writable: false });
  hide(VirtualDate, 'now', { now: () => now() }.now);
  hide(VirtualDate, 'parse', RealDate.parse);
  hide(VirtualDate, 'UTC', RealDate.UTC);
  hide(RealDate.prototype, 'constructor', VirtualDate);
  hide(globalThis, 'Date', VirtualDate);
  hide(Math, 'random', { random: () => random() }.random);

  // --- host calls ------------------------------------------------------------------------------------------------------
  const waiting = create(null);
  // The innermost `once` whose code is running. A delivery continues the code that asked for it, so the scope a call was
  // made in is the scope of everything that follows from its outcome.
  let scope = null;
  const isOnce = () => {
    for (let at = scope; at !== null; at = at.outer) if (at.open) return true;
    return false;
  };

  const refused = (kind) => {
    const error = new ErrorClass(`'${kind}' is not possible here: host calls can be made only while a handler runs`);
    error.code = 'HOST_CALL_NOT_POSSIBLE';
    return error;
  };

  const register = (kind, args, resolve, reject) => {
    const text = stringify(args);
    const seq = ask(kind, text === undefined ? 'null' : text, isOnce());
    if (seq === 0) throw refused(kind);
    waiting[seq] = { __proto__: null, resolve, reject, scope, site: new ErrorClass() };
    return seq;
  };

  const call = (kind, args, options) => {
    let resolve;
    let reject;
    const promise = new PromiseClass((a, b) => {
      resolve = a;
      reject = b;
    });
    const outer = scope;
    if (options !== undefined && options !== null && options.once === true) scope = { __proto__: null, open: true, outer };
    try {
      hide(promise, 'seq', register(kind, args, resolve, reject));
    } catch (error) {
      reject(error);
    }
    scope = outer;
    return promise;
  };

  const abandon = (seq) => {
    if (waiting[seq] !== undefined) native.abandon(seq);
  };

  // An error from the host, with the stack of the call that it answers.
  const hostError = (outcome, site) => {
    const fields = outcome === null || typeof outcome !== 'object' ? { message: `${outcome}` } : outcome;
    const name = typeof fields.name === 'string' ? fields.name : 'Error';
    const Class = errorClasses[name] === undefined ? ErrorClass : errorClasses[name];
    const error = new Class(typeof fields.message === 'string' ? fields.message : 'the host call failed');
    if (Class === ErrorClass && name !== 'Error') hide(error, 'name', name);
    hide(error, 'stack', stackOf(site));
    if (fields.code !== undefined) error.code = fields.code;
    if (fields.data !== undefined) error.data = fields.data;
    return error;
  };

  const deliver = (seq, resolved, value) => {
    const entry = waiting[seq];
    if (entry === undefined) return;
    delete waiting[seq];
    scope = entry.scope;
    if (resolved) entry.resolve(value);
    else entry.reject(hostError(value, entry.site));
  };

  const once = (work) => {
    const mine = { __proto__: null, open: true, outer: scope };
    const outer = scope;
    const close = () => {
      mine.open = false;
    };
    scope = mine;
    try {
      const result = new PromiseClass((resolve) => resolve(work()));
      result.then(close, close);
      return result;
    } finally {
      scope = outer;
    }
  };

  const continueWith = (state) => {
    const text = stringify(state);
    native.continueWith(text === undefined ? 'null' : text);
    return new PromiseClass(() => {});
  };

  const newId = () => {
    const bytes = new Uint8Array(native.randomBytes(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let id = '';
    for (let i = 0; i < 16; i += 1) {
      if (i === 4 || i === 6 || i === 8 || i === 10) id += '-';
      id += HEX[bytes[i] >> 4] + HEX[bytes[i] & 15];
    }
    return id;
  };
  const HEX = '0123456789abcdef';

  // --- names that are evaluated on first touch -------------------------------------------------------------------------
  const loaded = create(null);
  const getters = create(null);
  const host = { __proto__: null, call, abandon, now: () => now(), global, hide, isProxy, nameOf };

  // A DOMException holds its name in a private field, behind a getter that is known to be ours.
  let exceptionName;
  function nameOf(error) {
    if (exceptionName === undefined || error === null || typeof error !== 'object' || isProxy(error)) return undefined;
    try {
      return apply(exceptionName, error, []);
    } catch {
      return undefined;
    }
  }

  function global(name) {
    if (!(name in loaded)) load(native.fileOf(name));
    return loaded[name];
  }
  const load = (file) => {
    if (file < 0) throw new TypeError('no such global');
    const provided = native.file(file)(host, native);
    for (const name in provided) {
      loaded[name] = provided[name];
      if (name === 'DOMException') exceptionName = getOwnPropertyDescriptor(loaded[name].prototype, 'name').get;
      const property = getters[name] === undefined ? undefined : getOwnPropertyDescriptor(globalThis, name);
      if (property !== undefined && property.get === getters[name]) hide(globalThis, name, provided[name]);
    }
  };
  // Called by the host for every lazy name, before any tenant code is near.
  const expose = (name) => {
    const get = () => global(name);
    getters[name] = get;
    const set = (value) => hide(globalThis, name, value);
    defineProperty(globalThis, name, { __proto__: null, get, set, enumerable: false, configurable: true });
  };

  // What the handler's context is made of is put together before any tenant code can change the engine's own objects.
  const context = global('%context');

  // --- timers ----------------------------------------------------------------------------------------------------------
  const timers = create(null);
  let lastTimer = 0;
  const complain = (what, reason) => {
    const text = global('%format')(reason);
    native.log('error', `${what}: ${text}`);
  };
  const guarded = (callback, args) => {
    try {
      apply(callback, undefined, args);
    } catch (error) {
      complain('Uncaught error in a timer', error);
    }
  };
  const schedule = (id, ms, callback, args, repeat) => {
    const fire = () => {
      if (timers[id] === undefined) return;
      if (repeat) {
        guarded(callback, args);
        if (timers[id] !== undefined) schedule(id, ms, callback, args, true);
      } else {
        delete timers[id];
        guarded(callback, args);
      }
    };
    timers[id] = register('timer', { __proto__: null, ms }, fire, fire);
  };
  const setTimer = (callback, delay, args, repeat) => {
    if (typeof callback !== 'function') throw new TypeError('The "callback" argument must be of type function');
    const ms = +delay;
    const wait = ms >= 1 && ms < 1e15 ? trunc(abs(ms)) : 1;
    lastTimer += 1;
    schedule(lastTimer, wait, callback, args, repeat);
    return lastTimer;
  };
  const clearTimer = (id) => {
    const seq = timers[id];
    if (seq === undefined) return;
    delete timers[id];
    abandon(seq);
  };
  const functions = {
    setTimeout(callback, delay) {
      return setTimer(callback, delay, apply(slice, arguments, [2]), false);
    },
    setInterval(callback, delay) {
      return setTimer(callback, delay, apply(slice, arguments, [2]), true);
    },
    clearTimeout(id) {
      clearTimer(id);
    },
    clearInterval(id) {
      clearTimer(id);
    },
    queueMicrotask(callback) {
      if (typeof callback !== 'function') throw new TypeError('The "callback" argument must be of type function');
      apply(resolvedThen, resolvedPromise, [() => guarded(callback, [])]);
    },
  };
  const resolvedPromise = PromiseClass.resolve();
  const resolvedThen = PromiseClass.prototype.then;
  for (const name in functions) hide(globalThis, name, functions[name]);

  // --- the handler -----------------------------------------------------------------------------------------------------
  const find = (root, path) => {
    let holder;
    let value = root;
    for (let i = 0; i < path.length; i += 1) {
      if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return undefined;
      holder = value;
      value = holder[path[i]];
    }
    return typeof value === 'function' ? { __proto__: null, holder, value } : undefined;
  };

  const complete = (value) => {
    let text;
    try {
      text = stringify(value);
    } catch (error) {
      const problem = new TypeError(`the result is not JSON: ${native.describe(error)[1]}`);
      problem.code = 'RESULT_NOT_JSON';
      native.failed(problem);
      return;
    }
    native.completed(text === undefined ? 'null' : text);
  };

  // When `execute` throws, the definition's `onError` is told once, in the same isolate and journal; whatever it does, the
  // first error stands. It may answer that the run can be tried again.
  const tell = async (definition, context, error) => {
    if (definition === null || typeof definition !== 'object' || typeof definition.onError !== 'function') return false;
    try {
      const answer = await apply(definition.onError, definition, global('%context').failed(context, error));
      return answer !== null && typeof answer === 'object' && answer.retryable === true;
    } catch (reason) {
      complain('onError failed', reason);
      return false;
    }
  };

  const perform = async (handler, args, told) => {
    try {
      complete(await apply(handler.value, handler.holder, args));
    } catch (error) {
      const retryable = told !== undefined && (await tell(told, args[0], error));
      native.failed(error, nameOf(error), retryable);
    }
  };

  const start = (namespace, name, descriptor) => {
    const path = apply(split, name, ['.']);
    const definition = namespace.default;
    const handler = find(path[0] === 'metadata' ? namespace : definition, path) ?? find(definition, path) ?? find(namespace, path);
    if (handler === undefined) return false;
    const isExecute = path[path.length - 1] === 'execute' && descriptor.args === undefined;
    const owner = path.length > 1 && handler.holder !== definition ? find(namespace, [path[0], 'execute'])?.holder : undefined;
    const args = descriptor.args ?? context(descriptor, owner ?? definition);
    perform(handler, args, isExecute ? owner ?? definition : undefined);
    return true;
  };

  const inspect = (namespace) => global('%exports')(namespace);
  const unhandled = (reason) => complain('Unhandled promise rejection', reason);
  const sdk = { call, once, continueWith, now: () => now(), newId };
  return { host, deliver, expose, start, inspect, unhandled, stackOf, here, sdk };
}

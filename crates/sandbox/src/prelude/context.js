// The context that handlers get, built from the descriptor the server sent. Installed before tenant code, and small,
// because every run reads it; what only some runs touch is in services.js.
export default function install(host) {
  const { call, hide } = host;
  const { String, Error } = globalThis;
  const { keys, create, hasOwn, defineProperty, getOwnPropertyDescriptor, getOwnPropertyNames } = Object;

  const set = (key, value) => call('storage.set', { key: String(key), value: value === undefined ? null : value }).then(() => undefined);
  const storage = {
    get: (key) => call('storage.get', { key: String(key) }),
    set,
    put: set,
    delete: (key) => call('storage.delete', { key: String(key) }).then(() => undefined),
    keys: () => call('storage.keys', {}),
    list: ({ prefix, limit, cursor } = {}) => call('storage.list', { prefix, limit, cursor }),
    has: (key) => call('storage.has', { key: String(key) }),
  };

  const put = (object, name, value) => {
    defineProperty(object, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
    return value;
  };

  // A property that is made when it is first read, and is an ordinary one from then on. Accessors in a literal do the same
  // at a third of the cost; this is for names that are not known before.
  const lazy = (object, name, enumerable, make) => {
    const put = (value) => defineProperty(object, name, { __proto__: null, value, writable: true, enumerable, configurable: true });
    const get = () => {
      const value = make();
      put(value);
      return value;
    };
    defineProperty(object, name, { __proto__: null, get, set: put, enumerable, configurable: true });
  };

  const clients = ({ integrations = {}, aliases = {}, ai = false }) => {
    const made = create(null);
    const get = (name) => {
      if (made[name] === undefined) {
        const service = hasOwn(integrations, name) ? integrations[name] : undefined;
        made[name] = host.global('%services').client(name, service, ai);
      }
      return made[name];
    };
    const all = {};
    const names = keys(integrations);
    for (let i = 0; i < names.length; i += 1) lazy(all, names[i], true, () => get(names[i]));
    const others = keys(aliases);
    for (let i = 0; i < others.length; i += 1) {
      const name = aliases[others[i]];
      if (!hasOwn(integrations, others[i]) && hasOwn(integrations, name)) lazy(all, others[i], false, () => get(name));
    }
    const model = () => get('ai');
    if (!hasOwn(all, 'ai')) lazy(all, 'ai', false, model);
    if (!hasOwn(all, 'workersAi')) lazy(all, 'workersAi', false, model);
    if (!hasOwn(all, 'workers-ai')) lazy(all, 'workers-ai', false, model);
    return all;
  };

  const triggerOf = (given) => {
    const trigger = { type: 'manual', data: {}, timestamp: host.now(), ...given };
    if (trigger.data === undefined || trigger.data === null) trigger.data = {};
    trigger.payload = trigger.data;
    return trigger;
  };

  // `onError` is called in two ways in the wild: with one object that has `error`, and with an error and a context.
  // Whatever was thrown, an error arrives, with the code that it had.
  const failed = (context, thrown) => {
    const { name, message, stack, code } = thrown !== null && typeof thrown === 'object' ? thrown : { message: String(thrown) };
    const error = new Error(message ?? 'unknown error');
    if (typeof code === 'string') hide(error, 'code', code);
    if (name !== undefined && name !== 'Error') hide(error, 'name', name);
    hide(error, 'stack', stack ?? '');
    context.error = error;
    const names = getOwnPropertyNames(context);
    for (let i = 0; i < names.length; i += 1) {
      const property = getOwnPropertyDescriptor(context, names[i]);
      defineProperty(error, names[i], { __proto__: null, ...property, enumerable: false });
    }
    return error;
  };

  const build = (descriptor, definition) => {
    const { inputs = {}, ai = false, state } = descriptor;
    const integrations = clients(descriptor);
    const env = {
      ...descriptor.env,
      get KV() {
        return put(env, 'KV', host.global('%services').kv);
      },
      set KV(value) {
        put(env, 'KV', value);
      },
    };
    if (ai) lazy(env, 'AI', true, () => host.global('%services').runModel);
    const context = {
      trigger: triggerOf(descriptor.trigger),
      inputs,
      config: inputs,
      integrations,
      storage,
      env,
      runId: descriptor.runId ?? descriptor.run_id ?? '',
      userId: descriptor.userId ?? descriptor.user_id ?? '',
      installationId: descriptor.installationId ?? descriptor.installation_id ?? '',
      organizationId: descriptor.organizationId ?? descriptor.organization_id ?? '',
      workflowId: descriptor.workflowId ?? descriptor.workflow_id ?? '',
      ...(state === undefined ? undefined : { state }),
      get log() {
        return put(context, 'log', host.global('%log'));
      },
      set log(value) {
        put(context, 'log', value);
      },
      get actions() {
        return put(context, 'actions', host.global('%services').actions(descriptor, definition, context));
      },
      set actions(value) {
        put(context, 'actions', value);
      },
      get context() {
        return put(context, 'context', { storage, log: context.log, config: inputs, runId: context.runId });
      },
      set context(value) {
        put(context, 'context', value);
      },
    };
    if (descriptor.error === undefined || descriptor.error === null) return [context];
    return [failed(context, descriptor.error), context];
  };
  /** What `onError` is called with when `execute` threw. */
  build.failed = (context, thrown) => [failed(context, thrown), context];
  return { '%context': build };
}

// What a context offers beyond storage: KV, language models, integrations, actions. Evaluated when first touched.
export default function install(host, native) {
  const { call, hide } = host;
  const { keys, hasOwn, assign, defineProperty, getOwnPropertyNames } = Object;
  const { parse, stringify } = JSON;

  // --- KV -------------------------------------------------------------------------------------------------------------
  const kvValue = (text, type) => {
    if (text === null || type === undefined || type === 'text') return text;
    if (type === 'json') return parse(text);
    if (type === 'arrayBuffer') return new (host.global('TextEncoder'))().encode(text).buffer;
    throw new TypeError(`KV cannot give a value as '${type}'`);
  };
  const kv = {
    get: (key, options) =>
      call('kv.get', { key: String(key) }).then((text) => kvValue(text, typeof options === 'object' ? options?.type : options)),
    put(key, value, options) {
      let seconds = options?.expirationTtl;
      if (seconds === undefined && options?.expiration !== undefined) seconds = Math.max(1, Math.ceil(options.expiration - host.now() / 1000));
      return call('kv.put', { key: String(key), value: String(value), ttl_seconds: seconds }).then(() => undefined);
    },
    delete: (key) => call('kv.delete', { key: String(key) }).then(() => undefined),
    list: ({ prefix, limit, cursor } = {}) => call('kv.list', { prefix, limit, cursor }),
  };

  // --- results of integration calls ------------------------------------------------------------------------------------
  const at = (value, path) => path.split('.').reduce((found, step) => found?.[step], value);
  // Members that serve more than one way of reading: an object that is also its text (`event.start`), a list under a second
  // name (`issue.labels.nodes`), a flag (`event.allDay`).
  const withMembers = (item, members) => {
    if (item === null || typeof item !== 'object') return;
    for (const name of keys(members)) {
      const { text, self, present } = members[name];
      if (present !== undefined) hide(item, name, at(item, present) !== undefined && at(item, present) !== null);
      const value = item[name];
      if (value === null || typeof value !== 'object') continue;
      if (self !== undefined && Array.isArray(value)) hide(value, self, value);
      if (text !== undefined) {
        const shown = String(text.map((path) => at(value, path)).find((found) => found !== undefined && found !== null) ?? '');
        hide(value, 'toString', () => shown);
        hide(value, Symbol.toPrimitive, () => shown);
      }
    }
  };
  const withHidden = (data, hidden) => {
    let value = data;
    if (hidden.$text === true) {
      const text = data === null || data === undefined ? '' : String(data);
      value = new String(text);
      hide(value, 'response', text);
      hide(value, 'text', text);
      hide(value, 'usage', hidden.usage ?? null);
    }
    if (value === null || typeof value !== 'object') return value;
    if (hidden.$members !== undefined) (Array.isArray(value) ? value : [value]).forEach((item) => withMembers(item, hidden.$members));
    for (const name of keys(hidden)) {
      if (name !== '$text' && name !== '$members') hide(value, name, hidden[name] === '$self' ? value : hidden[name]);
    }
    return value;
  };
  const readable = (error) => {
    if (error !== null && typeof error === 'object') hide(error, 'toString', () => String(error.message ?? 'unknown error'));
    return error;
  };
  const actionResult = (outcome) => {
    if (outcome === null || typeof outcome !== 'object') return outcome;
    const { hidden, ...result } = outcome;
    if (hidden !== null && typeof hidden === 'object') result.data = withHidden(result.data, hidden);
    // On success there is no `error` member to trip over.
    if (result.error === null || result.error === undefined) delete result.error;
    else readable(result.error);
    return result;
  };

  // --- language models -------------------------------------------------------------------------------------------------
  const messagesOf = ({ messages, system, prompt }) => {
    if (Array.isArray(messages)) return messages;
    const user = { role: 'user', content: String(prompt ?? '') };
    return system === undefined || system === null ? [user] : [{ role: 'system', content: String(system) }, user];
  };
  const generate = (options) => {
    const { model, max_tokens, maxTokens, temperature } = options;
    return call('ai', { model, messages: messagesOf(options), max_tokens: max_tokens ?? maxTokens, temperature });
  };
  const textResult = (action, data, error) => ({
    success: error === undefined,
    data,
    ...(error === undefined ? {} : { error: readable(error) }),
    metadata: {
      source: { integration: 'ai', action },
      schema: error === undefined ? 'ai.text.v1' : 'sdk.error.v1',
      timestamp: host.now(),
    },
    capabilities: error === undefined ? { canHandleText: true } : {},
  });
  const notConfigured = { message: 'No language model is configured for this workspace', code: 'ai_model_error' };
  const generateText = (available, action) => async (options = {}) => {
    if (!available) return textResult(action, null, { ...notConfigured });
    try {
      const { text, usage } = await generate(typeof options === 'string' ? { prompt: options } : options);
      return textResult(action, withHidden(text, { $text: true, usage }));
    } catch (error) {
      return textResult(action, null, { message: String(error?.message ?? error), code: error?.code ?? 'ai_model_error' });
    }
  };
  const embed = (text) => call('ai.embed', { texts: (Array.isArray(text) ? text : [text]).map((one) => String(one ?? '')) });
  const vectorsOf = (available, action) => async (options = {}) => {
    if (!available) return textResult(action, null, { ...notConfigured });
    try {
      const { embeddings } = await embed(typeof options === 'string' || Array.isArray(options) ? options : options.text ?? options.input);
      const result = textResult(action, { embeddings });
      result.metadata.schema = 'ai.embeddings.v1';
      return result;
    } catch (error) {
      return textResult(action, null, { message: String(error?.message ?? error), code: error?.code ?? 'ai_model_error' });
    }
  };
  const languageModel = (available) => {
    const unsupported = (action) => async () =>
      textResult(action, null, { message: `'${action}' is not available`, code: 'ai_model_error' });
    const model = { generateText: generateText(available, 'generateText'), textGeneration: generateText(available, 'textGeneration') };
    for (const action of ['embeddings', 'generateEmbeddings']) model[action] = vectorsOf(available, action);
    for (const action of ['generateImage', 'transcribeAudio', 'translateText', 'analyzeSentiment']) {
      model[action] = unsupported(action);
    }
    return model;
  };
  const runModel = {
    async run(model, input = {}) {
      if (input.text !== undefined && input.messages === undefined && input.prompt === undefined) {
        const { embeddings } = await embed(input.text);
        return { shape: [embeddings.length, embeddings[0]?.length ?? 0], data: embeddings };
      }
      const { text, usage } = await generate({ ...input, model });
      return { response: text, usage };
    },
  };

  // --- integrations ----------------------------------------------------------------------------------------------------
  const request = (service) => async (path, init = {}) => {
    const { method = 'GET', headers = {}, body } = init;
    const pairs = [...new (host.global('Headers'))(headers)];
    const text = body === undefined || body === null || typeof body === 'string' ? body ?? null : stringify(body);
    const outcome = await call('integration.request', {
      service,
      path: String(path),
      method: String(method).toUpperCase(),
      headers: pairs,
      body: text === null ? null : { text },
    });
    const content = outcome.body ?? null;
    const bytes = content === null ? null : content.text ?? native.base64('parse', content.base64);
    const empty = outcome.status === 204 || outcome.status === 205 || outcome.status === 304;
    const Response = host.global('Response');
    const response = new Response(empty ? null : bytes, {
      status: outcome.status,
      statusText: outcome.status_text ?? '',
      headers: outcome.headers ?? [],
    });
    return defineProperty(response, 'url', { __proto__: null, value: outcome.url ?? '', configurable: true });
  };

  const perform = (service, operation) =>
    (...args) => call('integration', { service, operation, args }).then(actionResult);

  // `issues` and `issues.create` may both exist: a function that carries methods.
  const client = ({ service, operations = [], account, accessToken = null, access_token = accessToken }) => {
    const root = { request: request(service) };
    if (access_token !== null) root.accessToken = access_token;
    if (account !== undefined) root.account = account;
    for (const operation of [...operations].sort()) {
      const path = operation.split('.');
      const last = path.pop();
      let node = root;
      for (const part of path) {
        if (!hasOwn(node, part)) node[part] = {};
        node = node[part];
      }
      defineProperty(node, last, { __proto__: null, value: perform(service, operation), writable: true, enumerable: true, configurable: true });
    }
    return root;
  };

  // One integration by its name; without a description, the language model.
  const clientOf = (name, described, ai) =>
    described === undefined || (name === 'ai' && !described.operations?.length) ? languageModel(ai) : client({ service: name, ...described });

  // --- actions ---------------------------------------------------------------------------------------------------------
  const kebab = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replaceAll('_', '-');
  const actionsOf = (descriptor, definition, context) => {
    const { integrations = {} } = descriptor;
    const locate = (id) => {
      for (const name of keys(integrations)) {
        if (!id.startsWith(`${name}.`) && !id.startsWith(`${kebab(name)}.`)) continue;
        const action = id.slice(id.indexOf('.') + 1);
        for (const operation of integrations[name].operations ?? []) {
          if ([operation, kebab(operation), kebab(operation).replaceAll('.', '-')].includes(action)) return [integrations[name].service ?? name, operation];
        }
      }
      return undefined;
    };
    const actions = {
      async execute(id, input) {
        const custom = definition?.customActions;
        if (custom !== undefined && custom !== null && hasOwn(custom, id)) {
          return custom[id](input, { config: context.config, storage: context.storage, env: context.env, log: context.log });
        }
        if (id === 'ai.generate-text') return context.integrations.ai.generateText(input);
        const found = locate(String(id));
        if (found === undefined) throw assign(new Error(`Unknown action '${id}'`), { code: 'UNKNOWN_ACTION' });
        return perform(found[0], found[1])(input);
      },
    };
    for (const name of getOwnPropertyNames(context.integrations)) {
      defineProperty(actions, name, { __proto__: null, get: () => context.integrations[name], enumerable: false, configurable: true });
    }
    return actions;
  };

  return { '%services': { kv, runModel, client: clientOf, actions: actionsOf } };
}

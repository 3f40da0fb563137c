// console and the text it makes of values. One call, one line of the run's log.
export default function install(host, native) {
  const { isProxy, nameOf } = host;
  const describe = (value) => native.describe(value, nameOf(value));
  const MAX_DEPTH = 8;
  const MAX_ITEMS = 200;

  const isError = (value) => Object.prototype.toString.call(value) === '[object Error]' || value instanceof Error;

  const errorText = (error) => {
    const [name, message, stack] = describe(error);
    let text = message === '' ? name : `${name}: ${message}`;
    if (stack !== '') text += `\n${stack.replace(/\n+$/, '')}`;
    for (const key of ['code', 'data']) {
      const property = Object.getOwnPropertyDescriptor(error, key);
      if (property !== undefined && 'value' in property && property.value !== undefined) {
        text += `\n  ${key}: ${inspect(property.value, 2, [])}`;
      }
    }
    const cause = Object.getOwnPropertyDescriptor(error, 'cause');
    if (cause !== undefined && 'value' in cause) text += `\n  [cause]: ${inspect(cause.value, 2, [error])}`;
    return text;
  };

  const listed = (open, items, close) => `${open}${items.join(',')}${close}`;

  const entries = (value, depth, path) => {
    const items = [];
    for (const key of Object.keys(value)) {
      if (items.length >= MAX_ITEMS) {
        items.push('…');
        break;
      }
      const item = value[key];
      if (item !== undefined) items.push(`${JSON.stringify(key)}:${inspect(item, depth, path)}`);
    }
    return items;
  };

  const collection = (value, depth, path) => {
    if (value instanceof Map) {
      const items = [];
      for (const [key, item] of value) items.push(`${inspect(key, depth, path)} => ${inspect(item, depth, path)}`);
      return listed(`Map(${value.size}) {`, items.slice(0, MAX_ITEMS), '}');
    }
    const items = [];
    for (const item of value) items.push(inspect(item, depth, path));
    return listed(`Set(${value.size}) {`, items.slice(0, MAX_ITEMS), '}');
  };

  const inspectObject = (value, depth, path) => {
    if (isProxy(value)) return '[Proxy]';
    if (path.includes(value)) return '[Circular]';
    if (isError(value)) return path.length === 0 ? errorText(value) : `[${describe(value).slice(0, 2).join(': ')}]`;
    if (typeof value.toJSON === 'function') {
      const plain = value.toJSON();
      return plain !== null && typeof plain === 'object' ? inspect(plain, depth - 1, [...path, value]) : JSON.stringify(plain) ?? 'undefined';
    }
    if (depth <= 0) return Array.isArray(value) ? '[Array]' : '[Object]';
    const inner = [...path, value];
    if (Array.isArray(value)) {
      const items = value.slice(0, MAX_ITEMS).map((item) => inspect(item, depth - 1, inner));
      if (value.length > MAX_ITEMS) items.push(`… ${value.length - MAX_ITEMS} more`);
      return listed('[', items, ']');
    }
    if (value instanceof String || value instanceof Number || value instanceof Boolean) return inspect(value.valueOf(), depth, path);
    if (value instanceof Map || value instanceof Set) return collection(value, depth - 1, inner);
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.constructor.name} ${value.byteLength} bytes]`;
    if (value instanceof RegExp) return String(value);
    if (value instanceof Promise) return '[Promise]';
    const name = Object.getPrototypeOf(value)?.constructor?.name ?? '';
    const prefix = name === 'Object' || name === '' ? '' : `${name} `;
    return listed(`${prefix}{`, entries(value, depth - 1, inner), '}');
  };

  function inspect(value, depth, path) {
    switch (typeof value) {
      case 'string':
        return JSON.stringify(value);
      case 'bigint':
        return `${value}n`;
      case 'symbol':
        return value.toString();
      case 'function':
        return isProxy(value) ? '[Proxy]' : `[Function${value.name ? `: ${value.name}` : ''}]`;
      case 'object':
        return value === null ? 'null' : inspectObject(value, depth, path);
      default:
        return String(value);
    }
  }

  const format = (value) => {
    if (typeof value === 'string') return value;
    try {
      return inspect(value, MAX_DEPTH, []);
    } catch (error) {
      return `[not printable: ${describe(error)[1]}]`;
    }
  };

  const formatAll = (values) => {
    let rest = values;
    let text = '';
    if (typeof values[0] === 'string' && values[0].includes('%') && values.length > 1) {
      let next = 1;
      text = values[0].replace(/%[sdifjoOc%]/g, (mark) => {
        if (mark === '%%') return '%';
        if (next >= values.length) return mark;
        const value = values[next++];
        if (mark === '%c') return '';
        if (mark === '%d' || mark === '%i' || mark === '%f') {
          const number = Number(value);
          return String(mark === '%i' ? Math.trunc(number) : number);
        }
        return mark === '%j' ? JSON.stringify(value) ?? 'undefined' : format(value);
      });
      rest = values.slice(next);
      if (rest.length === 0) return text;
      text += ' ';
    }
    return text + rest.map(format).join(' ');
  };

  const write = (level) => (...values) => native.log(level, formatAll(values));
  const info = write('info');
  const counts = new Map();
  const clocks = new Map();
  const elapsed = (label) => `${label}: ${clocks.has(label) ? host.now() - clocks.get(label) : 0}ms`;
  const console = {
    log: info,
    info,
    warn: write('warn'),
    error: write('error'),
    debug: write('debug'),
    trace: write('debug'),
    dir: (value) => info(value),
    table: (value) => info(value),
    group: (...values) => (values.length > 0 ? info(...values) : undefined),
    groupCollapsed: (...values) => (values.length > 0 ? info(...values) : undefined),
    groupEnd() {},
    assert: (condition, ...values) => (condition ? undefined : native.log('error', formatAll(['Assertion failed', ...values]))),
    count(label = 'default') {
      counts.set(label, (counts.get(label) ?? 0) + 1);
      info(`${label}: ${counts.get(label)}`);
    },
    countReset: (label = 'default') => void counts.delete(label),
    time: (label = 'default') => void clocks.set(label, host.now()),
    timeLog: (label = 'default', ...values) => info(elapsed(label), ...values),
    timeEnd(label = 'default') {
      info(elapsed(label));
      clocks.delete(label);
    },
  };

  // `log.info(message, data)`: the data stays JSON beside the message.
  const logger = {};
  for (const level of ['debug', 'info', 'warn', 'error']) {
    logger[level] = (message, ...data) => {
      let json;
      if (data.length === 1 && !isError(data[0])) {
        try {
          json = JSON.stringify(data[0]);
        } catch {
          json = undefined;
        }
      }
      if (json === undefined && data.length > 0 && data[0] !== undefined) native.log(level, formatAll([message, ...data]));
      else native.log(level, formatAll([message]), json);
    };
  }
  logger.log = logger.info;
  return { console, '%format': format, '%log': logger };
}

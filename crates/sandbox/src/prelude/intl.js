// The Intl object: its services are separate files, loaded when first named. Also locale negotiation, shared by them all.
export default function install(host, native) {
  const DEFAULT = 'en-US';
  // What a request may resolve to, and whose data it then uses.
  const DATA = {
    en: 'en-US', 'en-US': 'en-US', 'en-GB': 'en-GB', de: 'de', 'de-DE': 'de', fr: 'fr', 'fr-FR': 'fr', es: 'es', 'es-ES': 'es',
    ja: 'ja', 'ja-JP': 'ja',
  };
  // English outside North America writes dates like Britain.
  const LIKE_BRITAIN = new Set(['en-AU', 'en-NZ', 'en-IE', 'en-IN', 'en-ZA', 'en-SG', 'en-HK', 'en-MT', 'en-NG', 'en-KE']);
  const TAG = new RegExp(
    '^(?:[a-z]{2,3}|[a-z]{5,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*' +
      '(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?$', 'i');

  const canonical = (tag) => {
    if (typeof tag === 'object' && tag !== null) tag = `${tag}`;
    if (typeof tag !== 'string') throw new TypeError('Incorrect locale information provided');
    if (!TAG.test(tag)) throw new RangeError(`Incorrect locale information provided`);
    let extension = false;
    return tag.split('-').map((part, index) => {
      if (part.length === 1) extension = true;
      if (index === 0 || extension) return part.toLowerCase();
      if (part.length === 4 && /^[a-z]/i.test(part)) return part[0].toUpperCase() + part.slice(1).toLowerCase();
      return part.length === 2 ? part.toUpperCase() : part.toLowerCase();
    }).join('-');
  };
  const canonicalList = (locales) => {
    if (locales === undefined) return [];
    if (locales === null) throw new TypeError('Cannot convert undefined or null to object');
    const list = typeof locales === 'string' ? [locales] : Array.from(Object(locales));
    return [...new Set(list.map(canonical))];
  };
  const available = (tag) => {
    let base = tag.replace(/-[a-wyz0-9]-.*$/, '');
    if (LIKE_BRITAIN.has(base)) return 'en-GB';
    for (;;) {
      if (Object.hasOwn(DATA, base)) return base;
      const cut = base.lastIndexOf('-');
      if (cut < 0) return undefined;
      base = base.slice(0, cut);
    }
  };
  /** `{ locale, data, hourCycle }` of the first request we can serve, else of the default. */
  const resolve = (locales) => {
    for (const tag of canonicalList(locales)) {
      const locale = available(tag);
      if (locale !== undefined) return { locale, data: DATA[locale], hourCycle: /-u-(?:.*-)?hc-(h11|h12|h23|h24)\b/.exec(tag)?.[1] };
    }
    return { locale: DEFAULT, data: DEFAULT, hourCycle: undefined };
  };
  const supportedLocalesOf = (locales) => canonicalList(locales).filter((tag) => available(tag) !== undefined);

  /** An option that must be one of `allowed`. */
  const option = (options, name, allowed, fallback) => {
    const value = options[name];
    if (value === undefined) return fallback;
    const text = `${value}`;
    if (!allowed.includes(text)) throw new RangeError(`Value ${text} out of range for Intl options property ${name}`);
    return text;
  };
  const integer = (options, name, low, high, fallback) => {
    if (options[name] === undefined) return fallback;
    const value = Math.floor(Number(options[name]));
    if (!(value >= low && value <= high)) throw new RangeError(`${name} value is out of range.`);
    return value;
  };
  // A well-formed name of something that is not here is no mistake: the standard leaves it out, and `resolvedOptions` says so.
  const common = (options, names = ['numberingSystem']) => {
    option(options, 'localeMatcher', ['lookup', 'best fit']);
    for (const name of names) {
      const value = options[name];
      if (value !== undefined && !/^[a-z0-9]{3,8}(?:-[a-z0-9]{3,8})*$/i.test(`${value}`)) throw new RangeError(`Invalid ${name} : ${value}`);
    }
  };
  const bag = (options) => {
    if (options === undefined) return Object.create(null);
    if (options === null) throw new TypeError('Cannot convert undefined or null to object');
    return Object(options);
  };
  /** What every service class carries. */
  const finish = (Class) => {
    Object.defineProperty(Class, 'supportedLocalesOf', {
      value: (locales) => supportedLocalesOf(locales), writable: true, configurable: true,
    });
    Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: `Intl.${Class.name}`, configurable: true });
    return Class;
  };

  const read = (kind) => {
    const cache = {};
    return (name) => (cache[name] ??= native.locale(kind, name));
  };
  const phrases = read('phrases');

  const Intl = {};
  const lazily = (name, part) => Object.defineProperty(Intl, name, {
    get() {
      const value = host.global(part);
      Object.defineProperty(Intl, name, { value, writable: true, configurable: true });
      return value;
    },
    set(value) { Object.defineProperty(Intl, name, { value, writable: true, configurable: true }); },
    configurable: true,
  });
  lazily('DateTimeFormat', '%DateTimeFormat');
  lazily('NumberFormat', '%NumberFormat');
  for (const name of ['PluralRules', 'RelativeTimeFormat', 'ListFormat', 'Collator']) lazily(name, `%${name}`);
  const define = (name, value) => Object.defineProperty(Intl, name, { value, writable: true, configurable: true });
  define('getCanonicalLocales', function getCanonicalLocales(locales) { return canonicalList(locales); });
  define('supportedValuesOf', function supportedValuesOf(key) {
    switch (`${key}`) {
      case 'timeZone': return native.zone('names');
      case 'calendar': return ['gregory'];
      case 'numberingSystem': return ['latn'];
      case 'collation': return ['default'];
      case 'currency': return Object.keys(phrases('en-US').currencies);
      case 'unit': return Object.keys(phrases('en-US').units.of).filter((unit) => !unit.includes('-per-'));
      default: throw new RangeError(`Invalid key : ${key}`);
    }
  });
  Object.defineProperty(Intl, Symbol.toStringTag, { value: 'Intl', configurable: true });
  return {
    Intl,
    '%locale': { bag, common, finish, integer, option, resolve },
    '%localeData': read('data'),
    '%phrases': phrases,
    '%currencyDigits': read('currency-digits'),
  };
}

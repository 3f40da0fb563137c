// Points the locale-aware methods of the language at the lazy `Intl` parts. Evaluated in every isolate: keep it tiny.
export default function install(host, native) {
  // Tenant code may put another Date in its place before a lazy file needs this one.
  native.Date = Date;
  const { getTime, toString, toTimeString } = Date.prototype;
  const { valueOf } = Number.prototype;
  const { valueOf: bigValueOf } = BigInt.prototype;
  const replace = (prototype, methods) => {
    for (const name of Object.keys(methods)) {
      Object.defineProperty(prototype, name, { value: methods[name], writable: true, configurable: true });
    }
  };
  // The name of the zone is left to implementations; all others say it.
  const named = (text) => (text === 'Invalid Date' ? text : `${text} (Coordinated Universal Time)`);
  const dates = (date, kind, locales, options) => host.global('%dateToLocale')(getTime.call(date), kind, locales, options);
  const numbers = (value, locales, options) => host.global('%numberToLocale')(value, locales, options);

  replace(Date.prototype, {
    toString() { return named(toString.call(this)); },
    toTimeString() { return named(toTimeString.call(this)); },
    toLocaleString(locales, options) { return dates(this, 'all', locales, options); },
    toLocaleDateString(locales, options) { return dates(this, 'date', locales, options); },
    toLocaleTimeString(locales, options) { return dates(this, 'time', locales, options); },
  });
  replace(Number.prototype, {
    toLocaleString(locales, options) { return numbers(valueOf.call(this), locales, options); },
  });
  replace(BigInt.prototype, {
    toLocaleString(locales, options) { return numbers(bigValueOf.call(this), locales, options); },
  });
  replace(String.prototype, {
    localeCompare(that, locales, options) { return host.global('%compare')(`${this}`, `${that}`, locales, options); },
  });
}

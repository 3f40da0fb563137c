// Intl.NumberFormat, and toLocaleString of Number and BigInt on top of it.
export default function install(host, native) {
  const { bag, finish, resolve } = host.global('%locale');
  const { magnitude, parse, round: roundDigits, shift, split } = host.global('%decimal');
  const readOptions = host.global('%numberOptions');
  const pluralRule = host.global('%pluralRule');
  const localeData = host.global('%localeData');
  const NBSP = '\u00a0';
  const WIDTHS = ['long', 'short', 'narrow'];

  const group = (integer, numbers, mode) => {
    const least = mode === 'min2' ? 2 : mode === 'always' ? 1 : numbers.minGroup;
    if (mode === false || integer.length < 3 + least) return [{ type: 'integer', value: integer }];
    const parts = [];
    for (let end = integer.length; end > 0; end -= 3) {
      if (parts.length > 0) parts.unshift({ type: 'group', value: numbers.group });
      parts.unshift({ type: 'integer', value: integer.slice(Math.max(0, end - 3), end) });
    }
    return parts;
  };

  const round = (number, o) => {
    const [rounded, least] = roundDigits(number, o);
    const whole = rounded.digits.length <= Math.max(rounded.point, 0);
    return [rounded, whole && o.trailingZeroDisplay === 'stripIfInteger' ? 0 : least];
  };

  const digitParts = (number, least, o, numbers) => {
    if (number.special === 'nan') return [{ type: 'nan', value: 'NaN' }];
    if (number.special) return [{ type: 'infinity', value: '∞' }];
    const [integer, fraction] = split(number, o.minimumIntegerDigits, least);
    const parts = group(integer, numbers, o.useGrouping);
    if (fraction !== '') parts.push({ type: 'decimal', value: numbers.decimal }, { type: 'fraction', value: fraction });
    return parts;
  };

  /** Which plural the digits ask for: `1` is one, `1.0` is other in English. */
  const plural = (locale, number, least) => {
    const [integer, fraction] = split(number, 1, least);
    return number.special ? 'other' : pluralRule(locale, integer, fraction);
  };

  const scientific = (number, o, numbers) => {
    let power = magnitude(number);
    const step = o.notation === 'engineering' ? 3 : 1;
    power = Math.floor(power / step) * step;
    let [rounded, least] = round(shift(number, -power), o);
    if (magnitude(rounded) >= step) {
      power += step;
      [rounded, least] = round(shift(number, -power), o);
    }
    const parts = digitParts(rounded, least, o, numbers);
    if (number.special) return { rounded, least, parts };
    parts.push({ type: 'exponentSeparator', value: 'E' });
    if (power < 0) parts.push({ type: 'exponentMinusSign', value: '-' });
    parts.push({ type: 'exponentInteger', value: `${Math.abs(power)}` });
    return { rounded, least, parts };
  };

  const compact = (number, options, numbers, locale) => {
    const o = options.useGrouping === 'auto' ? { ...options, useGrouping: 'min2' } : options;
    // Money is abbreviated, however long the words are asked for.
    const rows = numbers.compact[o.style === 'currency' && o.currencyDisplay !== 'name' ? 'short' : o.compactDisplay];
    // Beyond the last word numbers only grow longer.
    const last = rows.length + 2;
    const rowAt = (power) => rows[Math.min(power, last) - 3];
    const down = (power) => {
      if (power < 3) return 0;
      const row = rowAt(power);
      return Math.min(power, last) + 1 - Math.max(row[0], 1);
    };
    let power = magnitude(number);
    let [rounded, least] = round(shift(number, -down(power)), o);
    if (magnitude(rounded) + down(power) > power) {
      power += 1;
      [rounded, least] = round(shift(number, -down(power)), o);
    }
    const parts = digitParts(rounded, least, o, numbers);
    if (power < 3 || number.special || rounded.digits === '') return { rounded, least, parts };
    // Words around it count the whole: "1K days".
    const whole = shift(rounded, down(power));
    const row = rowAt(power);
    const one = row.length === 2 || plural(locale, rounded, least) === 'one';
    const text = one ? row[1] : row[2];
    // A pattern without a number stands for exactly one ("mille").
    const pattern = text.includes('{n}') || (rounded.digits === '1' && rounded.point === 1) ? text : row[2];
    return { rounded: whole, least, shortened: true, parts: dress(pattern, parts, 'compact') };
  };

  /** Puts `parts` where a pattern has {n}; the words around become parts of `type`, the space between a literal. */
  const dress = (pattern, parts, type) => {
    const [before, after] = pattern.includes('{n}') ? pattern.split('{n}') : ['', pattern];
    const [, head, gap] = /^(.*?)(\s*)$/s.exec(before);
    const [, space, tail] = /^(\s*)(.*)$/s.exec(after);
    const out = [];
    const push = (kind, value) => value !== '' && out.push({ type: kind, value });
    push(type, head);
    push('literal', gap);
    if (pattern.includes('{n}')) out.push(...parts);
    push('literal', space);
    push(type, tail);
    return out;
  };

  const symbolOf = (numbers, o) => {
    if (o.currencyDisplay === 'code') return o.currency;
    const known = numbers.symbols[o.currency] ?? o.currency;
    return typeof known === 'string' ? known : known[o.currencyDisplay === 'narrowSymbol' ? 1 : 0];
  };

  const money = (state, parts, number, least, bracketed) => {
    const { numbers } = state.data;
    const { o } = state;
    if (o.currencyDisplay === 'name') {
      const names = host.global('%phrases')(state.found).currencies[o.currency] ?? o.currency;
      const name = typeof names === 'string' ? names : names[plural(state.found, number, least) === 'one' ? 0 : 1];
      return dress(numbers.currencyName.replace('{c}', () => name), parts, 'currency');
    }
    const symbol = symbolOf(numbers, o);
    const [before, after] = numbers.currency.split('{n}');
    const out = bracketed ? [{ type: 'literal', value: '(' }] : [];
    if (before !== '') {
      out.push({ type: 'currency', value: symbol });
      // A symbol that ends in a letter keeps its distance from digits.
      if (!/\p{S}$/u.test(symbol) && parts[0].type === 'integer') out.push({ type: 'literal', value: NBSP });
    }
    out.push(...parts);
    if (after !== '') out.push({ type: 'literal', value: after.replace('{c}', '') }, { type: 'currency', value: symbol });
    if (bracketed) out.push({ type: 'literal', value: ')' });
    return out;
  };

  const measured = (state, parts, number, least) => {
    const { of, per } = host.global('%phrases')(state.found).units;
    const { unit, unitDisplay } = state.o;
    const width = WIDTHS.indexOf(unitDisplay);
    const one = plural(state.found, number, least) === 'one' ? 0 : 1;
    const pick = (entry) => (typeof entry === 'string' ? entry : entry[one]);
    if (Object.hasOwn(of, unit)) return dress(pick(of[unit][width]), parts, 'unit');
    const [above, below] = unit.split('-per-');
    const pattern = (per[below] ?? per.acre)[width];
    const quotient = per[below] === undefined ? pattern.replace(of.acre[width], of[below][width]) : pattern;
    return dress(quotient.replace('{a}', () => pick(of[above][width])), parts, 'unit');
  };

  const sign = (mode, negative, zero) => {
    if (mode === 'never') return '';
    if (mode === 'negative') return negative && !zero ? '-' : '';
    if (mode === 'exceptZero' && zero) return '';
    if (negative) return '-';
    return mode === 'auto' ? '' : '+';
  };

  const format = (state, value) => {
    const { o, data, found } = state;
    const { numbers } = data;
    const number = shift(value, o.style === 'percent' ? 2 : 0);
    let shape;
    if (o.notation === 'standard') {
      const [rounded, least] = round(number, o);
      shape = { rounded, least, parts: digitParts(rounded, least, o, numbers) };
    } else {
      shape = o.notation === 'compact' ? compact(number, o, numbers, found) : scientific(number, o, numbers);
    }
    const zero = (shape.rounded.digits === '' && !shape.rounded.special) || shape.rounded.special === 'nan';
    const mark = sign(o.signDisplay, value.negative, zero);
    let { parts } = shape;
    let bracketed = false;
    if (o.style === 'currency') {
      bracketed = mark === '-' && o.currencySign === 'accounting' && !shape.shortened &&
        !numbers.accounting.includes('{-}') && o.currencyDisplay !== 'name';
      parts = money(state, parts, shape.rounded, shape.least, bracketed);
    } else if (o.style === 'percent') {
      parts = dress(numbers.percent, parts, 'percentSign');
    } else if (o.style === 'unit') {
      parts = measured(state, parts, shape.rounded, shape.least);
    }
    if (mark !== '' && !bracketed) parts.unshift({ type: mark === '-' ? 'minusSign' : 'plusSign', value: mark });
    return parts;
  };

  const join = (parts) => parts.map((part) => part.value).join('');
  const numeric = (value) => {
    if (typeof value === 'object' && value !== null) value = value[Symbol.toPrimitive]?.('number') ?? value.valueOf();
    if (typeof value === 'string') return parse(value.trim() === '' ? 0 : /^\s*0[xob]/i.test(value) ? Number(value) : value);
    return parse(typeof value === 'bigint' ? value : Number(value));
  };

  class NumberFormat {
    #state;
    #bound;
    constructor(locales, options) {
      const { locale, data } = resolve(locales);
      this.#state = { locale, found: data, data: localeData(data), o: readOptions(bag(options)) };
    }
    get format() {
      this.#bound ??= (value) => join(format(this.#state, numeric(value)));
      return this.#bound;
    }
    formatToParts(value) { return format(this.#state, numeric(value)); }
    formatRange(start, end) {
      if (start === undefined || end === undefined) throw new TypeError('start or end cannot be undefined');
      const [from, to] = [numeric(start), numeric(end)];
      if (from.special === 'nan' || to.special === 'nan') throw new RangeError('start or end cannot be NaN');
      const { o, data } = this.#state;
      const outer = o.style === 'unit' || (o.style === 'currency' && o.currencyDisplay === 'name');
      return host.global('%numberRange')(format(this.#state, from), format(this.#state, to), outer, data.numbers);
    }
    resolvedOptions() {
      const { locale, o } = this.#state;
      const { rounding, ...shown } = o;
      const resolved = { locale, numberingSystem: 'latn', style: o.style };
      const hide = new Set(['style']);
      if (o.style !== 'currency') for (const name of ['currencyDisplay', 'currencySign']) hide.add(name);
      if (o.style !== 'unit') for (const name of ['unit', 'unitDisplay']) hide.add(name);
      if (o.notation !== 'compact') hide.add('compactDisplay');
      for (const name of Object.keys(shown)) if (!hide.has(name) && shown[name] !== undefined) resolved[name] = shown[name];
      return resolved;
    }
  }
  finish(NumberFormat);

  // `Intl.NumberFormat(…)` works without `new`.
  const construct = (locales, options) => new NumberFormat(locales, options);
  const Public = function NumberFormat(locales, options) { return construct(locales, options); };
  Public.prototype = NumberFormat.prototype;
  Object.defineProperty(Public.prototype, 'constructor', { value: Public, writable: true, configurable: true });
  Object.defineProperty(Public, 'prototype', { writable: false });
  Object.defineProperty(Public, 'length', { value: 0, configurable: true });
  Object.defineProperty(Public, 'supportedLocalesOf', Object.getOwnPropertyDescriptor(NumberFormat, 'supportedLocalesOf'));

  const plain = new Map();
  const numberToLocale = (value, locales, options) => {
    const keep = options === undefined && (locales === undefined || typeof locales === 'string');
    let formatter = keep ? plain.get(locales) : undefined;
    if (formatter === undefined) {
      formatter = new NumberFormat(locales, options);
      if (keep && plain.size < 64) plain.set(locales, formatter);
    }
    return formatter.format(value);
  };
  return { '%NumberFormat': Public, '%numberToLocale': numberToLocale };
}

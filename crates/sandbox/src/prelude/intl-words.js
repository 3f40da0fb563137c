// Intl.RelativeTimeFormat and Intl.ListFormat: phrases around numbers and between items.
export default function install(host) {
  const { bag, common, finish, option, resolve } = host.global('%locale');
  const WIDTHS = ['long', 'short', 'narrow'];
  const phrases = (data) => host.global('%phrases')(data);
  const join = (parts) => parts.map((part) => part.value).join('');

  class RelativeTimeFormat {
    #state;
    #numbers;
    constructor(locales, options) {
      const { locale, data } = resolve(locales);
      options = bag(options);
      common(options);
      const style = option(options, 'style', WIDTHS, 'long');
      const numeric = option(options, 'numeric', ['always', 'auto'], 'always');
      this.#state = { locale, data, style, numeric };
      this.#numbers = new (host.global('%NumberFormat'))(locale);
    }
    #parts(value, unit) {
      const { data, style, numeric } = this.#state;
      const number = Number(value);
      if (!Number.isFinite(number)) throw new RangeError('The value must be finite');
      const name = `${unit}`.replace(/s$/, '');
      const table = phrases(data).relative;
      if (!Object.hasOwn(table, name)) throw new RangeError(`Invalid unit argument for format() '${unit}'`);
      const [future, past, words] = table[name][WIDTHS.indexOf(style)];
      if (numeric === 'auto') {
        const word = words[Object.is(number, -0) ? '0' : number];
        if (word !== undefined) return [{ type: 'literal', value: word }];
      }
      const back = number < 0 || Object.is(number, -0);
      const parts = this.#numbers.formatToParts(Math.abs(number));
      const digits = (wanted) => parts.filter((part) => wanted.includes(part.type)).map((part) => part.value).join('');
      const one = host.global('%pluralRule')(data, digits(['integer']), digits(['fraction'])) === 'one';
      const [before, after = ''] = (back ? past : future)[one ? 0 : 1].split('{n}');
      const literal = (text) => (text === '' ? [] : [{ type: 'literal', value: text }]);
      return [...literal(before), ...parts.map((part) => ({ ...part, unit: name })), ...literal(after)];
    }
    format(value, unit) { return join(this.#parts(value, unit)); }
    formatToParts(value, unit) { return this.#parts(value, unit); }
    resolvedOptions() {
      const { locale, style, numeric } = this.#state;
      return { locale, style, numeric, numberingSystem: 'latn' };
    }
  }

  class ListFormat {
    #state;
    constructor(locales, options) {
      const { locale, data } = resolve(locales);
      options = bag(options);
      common(options);
      const type = option(options, 'type', ['conjunction', 'disjunction', 'unit'], 'conjunction');
      const style = option(options, 'style', WIDTHS, 'long');
      this.#state = { locale, data, type, style };
    }
    #parts(list) {
      const { data, type, style } = this.#state;
      const items = Array.from(list ?? [], (item) => {
        if (typeof item !== 'string') throw new TypeError('Iterable yielded a non-String value');
        return { type: 'element', value: item };
      });
      const [two, start, middle, end] = phrases(data).lists[type][WIDTHS.indexOf(style)];
      const last = items.length - 1;
      return items.flatMap((item, index) => {
        if (index === 0) return [item];
        const between = last === 1 ? two : index === last ? end : index === 1 ? start : middle;
        return [{ type: 'literal', value: this.#euphony(between, item.value) }, item];
      });
    }
    // Spanish says "e" before an i sound and "u" before an o sound.
    #euphony(between, next) {
      if (this.#state.data !== 'es') return between;
      if (/^h?i(?![aeou])/i.test(next)) return between.replace(/ y $/, ' e ');
      return /^(h?o|8|11(?!\d))/i.test(next) ? between.replace(/ o $/, ' u ') : between;
    }
    format(list) { return join(this.#parts(list)); }
    formatToParts(list) { return this.#parts(list); }
    resolvedOptions() {
      const { locale, type, style } = this.#state;
      return { locale, type, style };
    }
  }
  return { '%RelativeTimeFormat': finish(RelativeTimeFormat), '%ListFormat': finish(ListFormat) };
}

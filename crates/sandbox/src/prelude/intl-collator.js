// Intl.Collator and String.prototype.localeCompare: letters before accents before case, punctuation first, digits next;
// the root collation as far as Latin text shows it. Other scripts follow their code points.
export default function install(host) {
  const { bag, common, finish, option, resolve } = host.global('%locale');
  const MARKS = /\p{M}/u;
  const SPECIAL = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ł: 'l', ð: 'd', þ: 'th', ı: 'i' };
  // The order of punctuation and symbols in the root collation.
  const PUNCTUATION = ' _-–—,;:!¡?¿./…\'‘’"“”()[]{}@*\\&#%`´^¨°©®+±÷×<=>|¦~¤¢$£¥€';

  const weight = (letter) => {
    const mark = PUNCTUATION.indexOf(letter);
    if (mark >= 0) return mark;
    const code = letter.codePointAt(0);
    if (/\s/u.test(letter)) return -1;
    if (/\p{N}/u.test(letter)) return 1000 + code;
    if (/\p{L}/u.test(letter)) return 3000 + code;
    return 200 + (code % 700);
  };
  const isDigit = (unit) => unit >= '0' && unit <= '9';

  /** Primary, secondary (accents) and tertiary (case) keys. */
  const keysOf = (text, numeric) => {
    const primary = [];
    const secondary = [];
    const tertiary = [];
    const units = Array.from(text.normalize('NFD'));
    for (let i = 0; i < units.length; i++) {
      const unit = units[i];
      if (MARKS.test(unit)) {
        if (secondary.length > 0) secondary[secondary.length - 1] += unit;
        continue;
      }
      if (numeric && isDigit(unit)) {
        let run = '';
        while (i < units.length && isDigit(units[i])) run += units[i++];
        i -= 1;
        const digits = run.replace(/^0+(?=\d)/, '');
        primary.push(1000 + digits.length, ...Array.from(digits, (digit) => 2000 + Number(digit)));
        secondary.push('');
        tertiary.push(0);
        continue;
      }
      const lower = unit.toLowerCase();
      for (const base of SPECIAL[lower] ?? lower) primary.push(weight(base));
      secondary.push(SPECIAL[lower] ? lower : '');
      tertiary.push(lower === unit ? 0 : 1);
    }
    return [primary, secondary, tertiary];
  };
  const compareLists = (one, other) => {
    const length = Math.min(one.length, other.length);
    for (let i = 0; i < length; i++) if (one[i] !== other[i]) return one[i] < other[i] ? -1 : 1;
    return Math.sign(one.length - other.length);
  };
  const LEVELS = { base: [0], accent: [0, 1], case: [0, 2], variant: [0, 1, 2] };

  const compareWith = ({ numeric, sensitivity, caseFirst, ignorePunctuation }) => (one, other) => {
    if (one === other) return 0;
    const clean = (text) => (ignorePunctuation ? text.replace(/[\p{P}\s]/gu, '') : text);
    const a = keysOf(clean(one), numeric);
    const b = keysOf(clean(other), numeric);
    for (const level of LEVELS[sensitivity]) {
      const order = compareLists(a[level], b[level]);
      if (order !== 0) return level === 2 && caseFirst === 'upper' ? -order : order;
    }
    return 0;
  };

  class Collator {
    #state;
    #compare;
    constructor(locales, options) {
      const { locale } = resolve(locales);
      options = bag(options);
      common(options);
      this.#state = {
        locale,
        usage: option(options, 'usage', ['sort', 'search'], 'sort'),
        sensitivity: option(options, 'sensitivity', ['base', 'accent', 'case', 'variant'], 'variant'),
        ignorePunctuation: !!options.ignorePunctuation,
        collation: 'default',
        numeric: options.numeric === undefined ? /-u-(?:.*-)?kn(?!-false)/.test(`${locales}`) : !!options.numeric,
        caseFirst: option(options, 'caseFirst', ['upper', 'lower', 'false'], 'false'),
      };
      const compare = compareWith(this.#state);
      this.#compare = (one, other) => compare(`${one}`, `${other}`);
    }
    get compare() { return this.#compare; }
    resolvedOptions() { return { ...this.#state }; }
  }
  finish(Collator);
  const construct = (locales, options) => new Collator(locales, options);
  const Public = function Collator(locales, options) { return construct(locales, options); };
  Public.prototype = Collator.prototype;
  Object.defineProperty(Public.prototype, 'constructor', { value: Public, writable: true, configurable: true });
  Object.defineProperty(Public, 'prototype', { writable: false });
  Object.defineProperty(Public, 'length', { value: 0, configurable: true });
  Object.defineProperty(Public, 'supportedLocalesOf', Object.getOwnPropertyDescriptor(Collator, 'supportedLocalesOf'));

  const plain = new Collator();
  const compare = (one, other, locales, options) =>
    locales === undefined && options === undefined ? plain.compare(one, other) : new Collator(locales, options).compare(one, other);
  return { '%Collator': Public, '%compare': compare };
}

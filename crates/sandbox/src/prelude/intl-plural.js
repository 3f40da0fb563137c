// Plural rules of the languages we carry, and Intl.PluralRules.
export default function install(host) {
  const { bag, common, finish, option, resolve } = host.global('%locale');

  const oneIfExactlyOne = (integer, fraction) => (integer === '1' && fraction === '' ? 'one' : 'other');
  // Romance languages count round millions apart ("un million de").
  const million = (integer, fraction) => fraction === '' && /^[1-9]\d*0{6}$/.test(integer);
  const CARDINAL = {
    en: oneIfExactlyOne,
    de: oneIfExactlyOne,
    fr: (integer, fraction) => (integer === '0' || integer === '1' ? 'one' : million(integer, fraction) ? 'many' : 'other'),
    es: (integer, fraction) =>
      integer === '1' && /^0*$/.test(fraction) ? 'one' : million(integer, fraction) ? 'many' : 'other',
    ja: () => 'other',
  };
  const ORDINAL = {
    en: (integer) => {
      const last = integer.at(-1);
      if (/1[123]$/.test(integer)) return 'other';
      return { 1: 'one', 2: 'two', 3: 'few' }[last] ?? 'other';
    },
    fr: (integer) => (integer === '1' ? 'one' : 'other'),
  };
  const CATEGORIES = {
    cardinal: { en: ['one', 'other'], de: ['one', 'other'], fr: ['one', 'many', 'other'], es: ['one', 'many', 'other'], ja: ['other'] },
    ordinal: { en: ['few', 'one', 'two', 'other'], fr: ['one', 'other'] },
  };

  /** The category of a number printed as `integer` and `fraction` digits. */
  const pluralRule = (locale, integer, fraction, type = 'cardinal') => {
    const language = locale.slice(0, 2);
    if (type === 'cardinal') return CARDINAL[language](integer, fraction);
    return /^0*$/.test(fraction) ? (ORDINAL[language]?.(integer) ?? 'other') : 'other';
  };

  class PluralRules {
    #state;
    constructor(locales, options) {
      const { locale, data } = resolve(locales);
      options = bag(options);
      common(options);
      const type = option(options, 'type', ['cardinal', 'ordinal'], 'cardinal');
      this.#state = { locale, data, type, o: host.global('%digitOptions')(options, 0, 3, 'standard') };
    }
    select(value) {
      const { data, type, o } = this.#state;
      const { parse, round, split } = host.global('%decimal');
      const number = parse(Number(value));
      if (number.special) return 'other';
      const [rounded, least] = round(number, o);
      return pluralRule(data, ...split(rounded, o.minimumIntegerDigits, least), type);
    }
    resolvedOptions() {
      const { locale, data, type, o } = this.#state;
      const { rounding, ...shown } = o;
      return { locale, type, ...shown, pluralCategories: CATEGORIES[type][data.slice(0, 2)] ?? ['other'] };
    }
  }
  return { '%PluralRules': finish(PluralRules), '%pluralRule': pluralRule };
}

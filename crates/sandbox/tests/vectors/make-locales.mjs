// Writes src/native/locales/*.json: what `Intl` needs to know of each locale, read off this Node's full ICU by formatting one probe per pattern and turning the parts into tokens. See intl-date-pattern.js for the tokens.
// Usage: TZ=UTC node make-locales.mjs
import { writeFileSync } from 'node:fs';

const LOCALES = ['en-US', 'en-GB', 'de', 'fr', 'es', 'ja'];
const PROBE = Date.UTC(2024, 2, 5, 4, 7, 9, 45); // every field has one digit
// For styles, whose widths are not said: the name of this month has as many forms as any language gives one.
const STYLE_PROBE = Date.UTC(2024, 8, 3, 4, 7, 9, 45);
const WIDTHS = ['long', 'short', 'narrow'];
const parts = (locale, options, date = PROBE) =>
  new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options }).formatToParts(date);
const part = (locale, options, type, date) => parts(locale, options, date).find((p) => p.type === type)?.value ?? '';
const months = (locale, options) => Array.from({ length: 12 }, (_, m) => part(locale, options, 'month', Date.UTC(2024, m, 5)));
const days = (locale, options) => Array.from({ length: 7 }, (_, d) => part(locale, options, 'weekday', Date.UTC(2024, 8, d + 1)));
const byWidth = (make) => Object.fromEntries(WIDTHS.map((width) => [width[0], make(width)]));
const isDigits = (text) => /^\d+$/.test(text);

const escape = (text) => text.replace(/[{}]/g, '');
function names(locale) {
  return {
    // Format form, used beside a day; stand-alone form, used by itself.
    N: byWidth((month) => months(locale, { month, day: 'numeric' })),
    L: byWidth((month) => months(locale, { month })),
    E: byWidth((weekday) => days(locale, { weekday, day: 'numeric', month: 'numeric', year: 'numeric' })),
    C: byWidth((weekday) => days(locale, { weekday })),
    G: byWidth((era) => [part(locale, { era, year: 'numeric' }, 'era', Date.UTC(-500, 1)), part(locale, { era, year: 'numeric' }, 'era')]),
    a: [part(locale, { hour: 'numeric', hour12: true }, 'dayPeriod'), part(locale, { hour: 'numeric', hour12: true }, 'dayPeriod', Date.UTC(2024, 2, 5, 14))],
    B: byWidth((dayPeriod) => {
      const runs = [];
      for (let hour = 0; hour < 24; hour++) {
        const text = part(locale, { dayPeriod, hour: 'numeric', minute: 'numeric', hour12: true }, 'dayPeriod', Date.UTC(2024, 2, 5, hour, 30));
        if (runs.at(-1)?.[1] !== text) runs.push([hour, text]);
      }
      return runs;
    }),
  };
}

// A probe date on which the two forms of a name differ, where they do.
const differing = (one, other, date) => {
  const at = one.findIndex((name, index) => name !== other[index]);
  return at < 0 ? PROBE : date(at);
};

/** The pattern of a format, as text with {tokens}. `fixed` adds the width to names, for styles. */
function pattern(locale, options, table, fixed) {
  const width = (options.month?.length > 7 || !WIDTHS.includes(options.month) ? 'long' : options.month)[0];
  const date = WIDTHS.includes(options.month) ? differing(table.N[width], table.L[width], (m) => Date.UTC(2024, m, 5, 4, 7, 9, 45)) : fixed ? STYLE_PROBE : PROBE;
  const wide = (key, value, index) => WIDTHS.map((w) => w[0]).find((w) => table[key][w][index] === value);
  const when = new Date(date);
  return parts(locale, options, date).map(({ type, value }) => {
    switch (type) {
      case 'literal': return escape(value);
      case 'year': return value.length === 2 ? '{yy}' : '{y}';
      case 'day': return value.length === 2 ? '{dd}' : '{d}';
      case 'hour': return value.length === 2 ? '{hh}' : '{h}';
      case 'minute': return value.length === 2 ? '{mm}' : '{m}';
      case 'second': return value.length === 2 ? '{ss}' : '{s}';
      case 'era': return '{G}';
      case 'dayPeriod': return '{a}';
      case 'timeZoneName': return fixed ? `{z:${value === 'UTC' ? 's' : 'l'}}` : '{z}';
      case 'fractionalSecond': return '{f}';
      case 'month': {
        if (isDigits(value)) return value.length === 2 ? '{MM}' : '{M}';
        const index = when.getUTCMonth();
        for (const key of ['N', 'L']) {
          const found = fixed ? wide(key, value, index) : table[key][width][index] === value ? width : undefined;
          if (found) return fixed ? `{${key}:${found}}` : `{${key}}`;
        }
        throw new Error(`${locale}: month ${value}`);
      }
      case 'weekday': {
        const index = when.getUTCDay();
        for (const key of ['E', 'C']) {
          const found = wide(key, value, index);
          if (found) return fixed ? `{${key}:${found}}` : `{${key}}`;
        }
        throw new Error(`${locale}: weekday ${value}`);
      }
      default: throw new Error(`${locale}: ${type}`);
    }
  }).join('');
}

const twoDigitsOf = new Map();

/**
 * Combinations with two digits that read otherwise than with one, keyed as `twoDigitKey` in intl-date-pattern.js builds the key: Y, D and x
 * are year, month and day of two digits. Here `{M:n}` is a number of as many digits as it has.
 */
function twoDigits(locale, table, dates) {
  const map = {};
  const plain = (text) => text.replace(/\{([yMd])\}/g, '{$1:n}');
  for (const E of ['', 'e', 'E'])
    for (const y of ['', 'y', 'Y'])
      for (const M of ['', 'N', 'D', 'S', 'W'])
        for (const d of ['', 'd', 'x']) {
          if (y !== 'Y' && M !== 'D' && d !== 'x') continue;
          const asked = plain(pattern(locale, {
            ...(E && { weekday: E === 'e' ? 'short' : 'long' }),
            ...(y && { year: y === 'Y' ? '2-digit' : 'numeric' }),
            ...(M && { month: { N: 'numeric', D: '2-digit', S: 'short', W: 'long' }[M] }),
            ...(d && { day: d === 'x' ? '2-digit' : 'numeric' }),
          }, table, false));
          let simple = dates[E + (y && 'y') + (M === 'D' ? 'N' : M) + (d && 'd')];
          if (y === 'Y') simple = simple.replace('{y}', '{yy}');
          if (M === 'D') simple = simple.replace('{M}', '{MM}');
          if (d === 'x') simple = simple.replace('{d}', '{dd}');
          if (plain(simple) !== asked) map[E + y + M + d] = asked;
        }
  return map;
}

/** All combinations of date fields, keyed as intl-date-pattern.js builds the key. */
function dates(locale, table) {
  const map = {};
  for (const G of ['', 'G'])
    for (const E of ['', 'e', 'E'])
      for (const y of ['', 'y'])
        for (const M of ['', 'N', 'S', 'W'])
          for (const d of ['', 'd']) {
            const key = G + E + y + M + d;
            if (key === '' || key === 'G') continue;
            map[key] = pattern(locale, {
              ...(G && { era: 'short' }),
              ...(E && { weekday: E === 'e' ? 'short' : 'long' }),
              ...(y && { year: 'numeric' }),
              ...(M && { month: { N: 'numeric', S: 'short', W: 'long' }[M] }),
              ...(d && { day: 'numeric' }),
            }, table, false);
          }
  twoDigitsOf.set(locale, twoDigits(locale, table, map));
  // Leave out what the reader derives (`datePattern` in intl-date-pattern.js): exactly one rule applies to a key.
  const derived = (key) => {
    if (key.startsWith('G')) return `${map[key.slice(1)]} {G}`;
    return map[key.includes('E') ? key.replace('E', 'e') : key.replace('W', 'S')];
  };
  return Object.fromEntries(Object.entries(map).filter(([key, value]) => /^[^GEW]+$/.test(key) || derived(key) !== value));
}

function times(locale, table) {
  const map = {};
  for (const hour12 of [true, false])
    for (const fields of ['h', 'hm', 'hms', 'm', 'ms', 's'])
      for (const z of ['', 'z']) {
        if (!fields.includes('h') && !hour12) continue;
        const key = fields + (fields.includes('h') ? (hour12 ? '12' : '24') : '') + z;
        map[key] = pattern(locale, {
          ...(fields.includes('h') && { hour: 'numeric', hour12 }),
          ...(fields.includes('m') && { minute: 'numeric' }),
          ...(fields.includes('s') && { second: 'numeric' }),
          ...(z && { timeZoneName: 'short' }),
        }, table, false);
        if (z && map[key] === `${map[key.slice(0, -1)]} {z}`) delete map[key];
      }
  return map;
}

const text = (locale, options) => new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options }).format(PROBE);
function glue(locale, dateOptions, timeOptions = { hour: 'numeric' }) {
  const date = text(locale, dateOptions);
  const time = text(locale, timeOptions);
  const both = text(locale, { ...dateOptions, ...timeOptions });
  if (!both.includes(date) || !both.includes(time)) throw new Error(`${locale}: no glue in ${both} of ${date} + ${time}`);
  return both.replace(date, '{1}').replace(time, '{0}');
}

const STYLES = ['full', 'long', 'medium', 'short'];
function locale(name) {
  const table = names(name);
  const resolved = new Intl.DateTimeFormat(name, { hour: 'numeric' }).resolvedOptions();
  const off = new Intl.DateTimeFormat(name, { hour: 'numeric', hour12: false }).resolvedOptions();
  const on = new Intl.DateTimeFormat(name, { hour: 'numeric', hour12: true }).resolvedOptions();
  return {
    names: table,
    hourCycle: resolved.hourCycle,
    hourCycle12: on.hourCycle,
    hourCycle24: off.hourCycle,
    dates: dates(name, table),
    twoDigits: twoDigitsOf.get(name),
    times: times(name, table),
    dateStyles: STYLES.map((dateStyle) => pattern(name, { dateStyle }, table, true)),
    timeStyles12: STYLES.map((timeStyle) => pattern(name, { timeStyle, hour12: true }, table, true)),
    timeStyles24: STYLES.map((timeStyle) => pattern(name, { timeStyle, hour12: false }, table, true)),
    styleGlue: STYLES.map((dateStyle) => glue(name, { dateStyle }, { timeStyle: 'short' })),
    // By the width of the month: numeric or none, short, long, long with a weekday.
    glue: [
      glue(name, { month: 'numeric', day: 'numeric' }),
      glue(name, { month: 'short', day: 'numeric' }),
      glue(name, { month: 'long', day: 'numeric' }),
      glue(name, { weekday: 'long', month: 'long', day: 'numeric' }),
    ],
    weekdayGlue: Object.fromEntries([['h12', {}, true], ['hm12', { minute: 'numeric' }, true], ['hm24', { minute: 'numeric' }, false],
      ['hms12', { minute: 'numeric', second: 'numeric' }, true], ['hms24', { minute: 'numeric', second: 'numeric' }, false]].map(
      ([key, minute, hour12]) => {
        const time = { hour: 'numeric', ...minute, hour12 };
        const both = pattern(name, { weekday: 'short', ...time }, table, false);
        const alone = pattern(name, time, table, false);
        if (!both.includes(alone)) throw new Error(`${name}: ${alone} is not in ${both}`);
        return [key, both.replace(alone, '{0}')];
      })),
    utc: part(name, { timeZoneName: 'long' }, 'timeZoneName'),
    gmt: part(name, { timeZone: 'Asia/Tokyo', timeZoneName: 'shortOffset' }, 'timeZoneName').slice(0, 3),
    minus: part(name, { timeZone: 'America/New_York', timeZoneName: 'shortOffset' }, 'timeZoneName')[3],
    zones: shortZones(name),
    numbers: numbers(name),
  };
}

/** Short zone names that are not offsets, by their American (or long English) name: `CET`, `MEZ`, `BST`. */
function shortZones(name) {
  if (name === 'en-US') return {};
  const map = {};
  for (const zone of ['Europe/Berlin', 'Europe/London', 'Europe/Dublin', 'Europe/Athens', 'Europe/Lisbon', 'Asia/Tokyo', 'America/New_York', 'America/Chicago', 'America/Denver', 'America/Los_Angeles', 'Africa/Abidjan']) {
    for (const date of [Date.UTC(2024, 0, 15), Date.UTC(2024, 6, 15)]) {
      const short = part(name, { timeZone: zone, timeZoneName: 'short' }, 'timeZoneName', date);
      const english = part('en-US', { timeZone: zone, timeZoneName: 'long' }, 'timeZoneName', date);
      if (!/[+−-]/.test(short)) map[english] = short;
    }
  }
  return map;
}

// The funds codes are not listed among the currencies, but print with their own digits; neither is "no currency", with its own sign.
const CURRENCIES = [...new Set([...Intl.supportedValuesOf('currency'), 'CLF', 'UYW', 'UYI', 'XXX'])].sort();
const numberParts = (name, options, value) => new Intl.NumberFormat(name, options).formatToParts(value);
const numberPart = (name, options, value, type) => numberParts(name, options, value).find((p) => p.type === type)?.value ?? '';
const numeric = new Set(['integer', 'group', 'decimal', 'fraction']);
function numberPattern(name, options, value, token = {}) {
  let out = '';
  for (const { type, value: text } of numberParts(name, options, value)) {
    const next = numeric.has(type) ? '{n}' : type === 'minusSign' ? '{-}' : (token[type] ?? text);
    if (next !== '{n}' || !out.endsWith('{n}')) out += next;
  }
  return out;
}

function compact(name, compactDisplay) {
  const rows = [];
  for (let exponent = 3; exponent <= 19; exponent++) {
    const row = [1, 2].map((lead) => {
      const all = numberParts(name, { notation: 'compact', compactDisplay }, lead * 10 ** exponent);
      return [all.filter((p) => p.type === 'integer').map((p) => p.value).join('').length, all.map((p) => (numeric.has(p.type) ? '{n}' : p.value)).join('').replace(/(\{n\})+/, '{n}')];
    });
    // [digits before the point, pattern for one, pattern for other]
    rows.push(row[0][1] === row[1][1] ? row[0] : [row[0][0], row[0][1], row[1][1]]);
  }
  // Beyond the last word numbers only grow longer; the reader knows that.
  const same = (row, before) => row[0] === before[0] + 1 && row.at(-1) === before.at(-1);
  while (same(rows.at(-1), rows.at(-2))) rows.pop();
  return rows;
}

function numbers(name) {
  const symbols = {};
  for (const currency of CURRENCIES) {
    const wide = numberPart(name, { style: 'currency', currency }, 1, 'currency');
    const narrow = numberPart(name, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' }, 1, 'currency');
    if (wide !== currency || narrow !== currency) symbols[currency] = wide === narrow ? wide : [wide, narrow];
  }
  const money = { style: 'currency', currency: 'USD' };
  return {
    decimal: numberPart(name, {}, 1.5, 'decimal'),
    group: numberPart(name, {}, 1e6, 'group'),
    range: new Intl.NumberFormat(name).formatRange(1, 2).replace('1', '{0}').replace('2', '{1}'),
    about: new Intl.NumberFormat(name).formatRange(1, 1).replace('1', '{0}'),
    minGroup: numberPart(name, {}, 1234, 'group') === '' ? 2 : 1,
    percent: numberPattern(name, { style: 'percent' }, 0.5),
    currency: numberPattern(name, money, 1, { currency: '{c}' }),
    accounting: numberPattern(name, { ...money, currencySign: 'accounting' }, -1, { currency: '{c}' }),
    currencyName: numberPattern(name, { ...money, currencyDisplay: 'name' }, 2, { currency: '{c}' }),
    compactCurrency: numberPattern(name, { ...money, notation: 'compact' }, 1e6, { currency: '{c}', compact: '{k}' }),
    symbols,
    compact: { short: compact(name, 'short'), long: compact(name, 'long') },
  };
}

const digits = {};
for (const currency of CURRENCIES) {
  const { maximumFractionDigits } = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions();
  if (maximumFractionDigits !== 2) (digits[maximumFractionDigits] ??= []).push(currency);
}

// Phrases: units, relative times, lists, names of currencies.
const UNITS = Intl.supportedValuesOf('unit');
const PER = ['kilometer-per-hour', 'mile-per-hour', 'meter-per-second', 'liter-per-kilometer', 'mile-per-gallon'];
const token = { unit: '{u}' };
function units(name) {
  const map = {};
  for (const unit of [...UNITS, ...PER]) {
    map[unit] = WIDTHS.map((unitDisplay) => {
      const two = [1, 2].map((value) => numberParts(name, { style: 'unit', unit, unitDisplay }, value).map((p) => (numeric.has(p.type) ? '{n}' : p.value)).join(''));
      return two[0] === two[1] ? two[0] : two;
    });
  }
  // How a quotient of two units reads, where it is not its own entry: `{a}` is the dividend with its number.
  const words = (unit, unitDisplay) =>
    numberParts(name, { style: 'unit', unit, unitDisplay }, 1).map((p) => (numeric.has(p.type) ? '{n}' : p.value)).join('');
  const quotient = (unit) => WIDTHS.map((width) => {
    const both = words(`gallon-per-${unit}`, width);
    const dividend = words('gallon', width);
    if (both.includes(dividend)) return both.replace(dividend, '{a}');
    const bare = dividend.replace('{n}', '').trim();
    return both.includes(bare) ? both.replace(bare, '{a}').replace(/\{n\} ?/, '') : both;
  });
  const per = Object.fromEntries(UNITS.filter((unit) => unit !== 'gallon' && unit !== 'mile').map((unit) => [unit, quotient(unit)]));
  return { of: map, per };
}

const TIMES = ['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'];
function relative(name) {
  const map = {};
  for (const unit of TIMES) {
    map[unit] = WIDTHS.map((style) => {
      const always = new Intl.RelativeTimeFormat(name, { style, numeric: 'always' });
      const auto = new Intl.RelativeTimeFormat(name, { style, numeric: 'auto' });
      const shape = (value) => always.formatToParts(value, unit).map((p) => (p.type === 'literal' ? p.value : '{n}')).join('');
      const words = {};
      for (const value of [-2, -1, 0, 1, 2]) if (auto.format(value, unit) !== always.format(value, unit)) words[value] = auto.format(value, unit);
      return [[shape(1), shape(2)], [shape(-1), shape(-2)], words];
    });
  }
  return map;
}

function lists(name) {
  const map = {};
  for (const type of ['conjunction', 'disjunction', 'unit'])
    map[type] = WIDTHS.map((style) => {
      const between = (items) => new Intl.ListFormat(name, { type, style }).formatToParts(items).filter((p) => p.type === 'literal').map((p) => p.value);
      const four = between(['A', 'B', 'C', 'D']);
      // [between two, at the start, in the middle, at the end]
      return [between(['A', 'B'])[0], ...four];
    });
  return map;
}

function currencyNames(name) {
  const map = {};
  const common = ['USD', 'EUR', 'GBP', 'JPY', 'CHF', 'CAD', 'AUD', 'NZD', 'CNY', 'INR', 'BRL', 'MXN', 'SEK', 'NOK', 'DKK', 'PLN', 'CZK', 'HUF', 'ZAR', 'KRW', 'SGD', 'HKD', 'TRY', 'ILS', 'THB', 'TWD', 'AED', 'SAR'];
  for (const currency of name.startsWith('en') ? CURRENCIES : common) {
    const two = [1, 2].map((value) => numberPart(name, { style: 'currency', currency, currencyDisplay: 'name' }, value, 'currency'));
    const minor = new Intl.NumberFormat(name, { style: 'currency', currency, currencyDisplay: 'name', maximumFractionDigits: 0 });
    two[0] = minor.formatToParts(1).find((p) => p.type === 'currency').value;
    if (two[0] !== currency) map[currency] = two[0] === two[1] ? two[0] : two;
  }
  return map;
}

// One line per entry, so that a change reads well.
const lines = (data) => `{\n${Object.entries(data).map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`).join(',\n')}\n}\n`;
const file = (name, data) => writeFileSync(new URL(`../../src/native/locales/${name}.json`, import.meta.url), lines(data));
for (const name of LOCALES) {
  file(name, locale(name));
  file(`${name}-phrases`, { units: units(name), relative: relative(name), lists: lists(name), currencies: currencyNames(name) });
}
file('currency-digits', digits);

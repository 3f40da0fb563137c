// Writes formats.json: what a full-ICU Node prints for every option, locale and kind of zone that a workflow may rely on (docs/workflows.md,
// "Dates, times and numbers"). Where make-intl.mjs has a list by hand, this goes through the combinations.
// Usage: TZ=UTC node make-formats.mjs (the file says which ICU and CLDR it was made with)
import { readFileSync, writeFileSync } from 'node:fs';

const show = (0, eval)(readFileSync(new URL('show.js', import.meta.url), 'utf8'));
const LOCALES = ['en-US', 'en-GB', 'de', 'fr', 'es', 'ja'];
const ZONES = [
  'UTC', 'America/New_York', 'America/Los_Angeles', 'America/Phoenix', 'America/Sao_Paulo', 'America/St_Johns', 'Europe/London', 'Europe/Berlin', 'Europe/Dublin',
  'Africa/Cairo', 'Asia/Kolkata', 'Asia/Kathmandu', 'Asia/Tokyo', 'Australia/Sydney', 'Australia/Lord_Howe', 'Pacific/Auckland', 'Pacific/Apia',
];
const YEARS = [1970, 1974, 1981, 1986, 1996, 2007, 2011, 2018, 2019, 2024, 2026, 2030, 2037];
const lines = [];
const js = JSON.stringify;
/** What many expressions name; both sides have it in scope. */
let setup = '';
const NAMED = new Map();
const constant = (name, value) => {
  setup += `const ${name} = ${js(value)};\n`;
  NAMED.set(value, name);
  return value;
};
/** One vector: the results of `expression` for each of `values`, which it names `v`. */
const each = (values, expression) => lines.push(`${NAMED.get(values) ?? js(values)}.map((v) => { try { return ${expression} } catch (e) { return e.name } })`);

// --- zones: both sides of every change of the clock, and the first of each month ---------------------------------------------------
const shown = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' };
const wall = new Map(ZONES.map((timeZone) => [timeZone, new Intl.DateTimeFormat('en-US', { ...shown, timeZone })]));
const offset = (zone, at) => {
  const [month, day, year, hour, minute, second] = wall.get(zone).format(at).split(/[/, :]+/).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second) - at;
};
/** The instants of a year at which the zone's offset changes, to the second. */
const changes = (zone, year) => {
  const found = [];
  const DAY = 864e5;
  for (let at = Date.UTC(year, 0, 1); at < Date.UTC(year + 1, 0, 1); at += DAY) {
    if (offset(zone, at) === offset(zone, at + DAY)) continue;
    let [low, high] = [at, at + DAY];
    while (high - low > 1000) {
      const middle = low + Math.floor((high - low) / 2000) * 1000;
      if (offset(zone, middle) === offset(zone, at)) low = middle;
      else high = middle;
    }
    found.push(high);
  }
  return found;
};
for (const timeZone of ZONES) {
  for (const year of YEARS) {
    const at = changes(timeZone, year).flatMap((change) => [change - 1000, change]);
    if (at.length > 0) each(at, `new Date(v).toLocaleString('en-US', { timeZone: '${timeZone}', timeZoneName: '${year > 2000 ? 'short' : 'longOffset'}' })`);
  }
  each(YEARS.flatMap((year) => [0, 6].map((month) => Date.UTC(year, month, 1, 11, 59, 59))), `new Date(v).toLocaleDateString(undefined, { timeZone: '${timeZone}', weekday: 'short', hour: 'numeric', minute: '2-digit' })`);
  each([0, 6].map((month) => Date.UTC(2024, month, 15)), `[new Intl.DateTimeFormat('en-US', { timeZone: '${timeZone}', timeZoneName: 'long' }).format(v), new Date(v).toLocaleTimeString('en-GB', { timeZone: '${timeZone}', timeZoneName: 'short' })]`);
}

// --- options: every combination that workflows use, in every locale --------------------------------------------------------------
const withoutAbsent = (options) => Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
const clocks = [{}];
for (const hour of ['numeric', '2-digit'])
  for (const minute of [undefined, '2-digit'])
    for (const second of minute === undefined ? [undefined] : [undefined, '2-digit'])
      for (const hour12 of [undefined, true, false]) clocks.push(withoutAbsent({ hour, minute, second, hour12 }));
constant('CLOCKS', clocks);
constant('FEW', [{}, clocks[5]]);
const INSTANTS = constant('INSTANTS', [Date.UTC(2024, 0, 5, 0, 4, 9), Date.UTC(2026, 8, 30, 21, 30, 0)]);
for (const locale of LOCALES) {
  for (const weekday of [undefined, 'long', 'short'])
    for (const year of [undefined, 'numeric', '2-digit'])
      for (const month of [undefined, 'long', 'short', '2-digit', 'numeric'])
        for (const day of [undefined, 'numeric', '2-digit']) {
          const date = withoutAbsent({ weekday, year, month, day });
          // The clock in all its forms beside what workflows ask for, and in one form beside the rest.
          const usual = (weekday !== 'short' || day === undefined) && year !== '2-digit' && month !== '2-digit' && day !== '2-digit';
          const values = usual && (locale === 'en-US' || day !== undefined || month === undefined) ? 'CLOCKS' : 'FEW';
          lines.push(`${values}.flatMap((v) => INSTANTS.map((at) => new Date(at).toLocaleString('${locale}', { ...${js(date)}, ...v })))`);
        }
  for (const dateStyle of [undefined, 'full', 'long', 'medium', 'short'])
    for (const timeStyle of [undefined, 'full', 'long', 'medium', 'short'])
      each(INSTANTS, `new Intl.DateTimeFormat('${locale}', ${js(withoutAbsent({ dateStyle, timeStyle }))}).format(v)`);
  each(INSTANTS, `[new Date(v).toLocaleDateString('${locale}'), new Date(v).toLocaleTimeString('${locale}'), new Date(v).toLocaleString('${locale}')]`);
  each(INSTANTS, `new Intl.DateTimeFormat('${locale}', { dateStyle: 'long', timeStyle: 'short' }).formatToParts(v)`);
}

// --- numbers -----------------------------------------------------------------------------------------------------------------------
const VALUES = constant('VALUES', [0, 1, -1, 1.005, 2.5, -3.5, 1234.5, -1234.567, 999999.995, 12345678.9, 1e15, 1e21, -1e-7, 0.5, 1 / 3]);
const AMOUNTS = constant('AMOUNTS', VALUES.slice(0, 8));
const CODES = ['USD', 'EUR', 'GBP', 'JPY', 'CHF', 'CAD', 'AUD', 'CNY', 'INR', 'BRL', 'MXN', 'SEK', 'PLN', 'ZAR', 'KRW', 'KWD', 'XXX', 'XYZ'];
lines.push('[-0, 1e-7, -0.4].map((v) => [v.toLocaleString(), v.toLocaleString(undefined, { maximumFractionDigits: 0 }), v.toLocaleString(undefined, { signDisplay: \'negative\' })])');
const special = (locale, options) => lines.push(`[NaN, Infinity, -Infinity].map((v) => v.toLocaleString('${locale}', ${options}))`);
for (const locale of LOCALES) {
  each(VALUES, `v.toLocaleString('${locale}')`);
  for (const [least, most] of [[0, 0], [2, 2], [1, 4], [2, undefined], [undefined, 1], [undefined, 6]])
    each(VALUES, `v.toLocaleString('${locale}', ${js(withoutAbsent({ minimumFractionDigits: least, maximumFractionDigits: most }))})`);
  for (const options of [{ useGrouping: false }, { style: 'percent', maximumFractionDigits: 1 }, { notation: 'compact' }, { maximumSignificantDigits: 3 }, { minimumIntegerDigits: 3 }, { signDisplay: 'always' }])
    each(VALUES, `new Intl.NumberFormat('${locale}', ${js(options)}).format(v)`);
  for (const currency of CODES) each(AMOUNTS, `new Intl.NumberFormat('${locale}', { style: 'currency', currency: '${currency}' }).format(v)`);
  each([1, 1234.5, -2], `new Intl.NumberFormat('${locale}', { style: 'currency', currency: 'USD', currencyDisplay: 'name' }).format(v)`);
  each([1, 1234.5, -2], `new Intl.NumberFormat('${locale}', { style: 'currency', currency: 'EUR', minimumFractionDigits: 0, maximumFractionDigits: 0 }).format(v)`);
  for (const options of ['{}', "{ style: 'currency', currency: 'USD' }", "{ style: 'percent' }"]) special(locale, options);
}
for (const increment of [1, 2, 5, 25, 100, 5000])
  for (const digits of [0, 2]) each(VALUES, `new Intl.NumberFormat('en-US', { roundingIncrement: ${increment}, minimumFractionDigits: ${digits}, maximumFractionDigits: ${digits} }).format(v)`);

// --- Date itself -------------------------------------------------------------------------------------------------------------------
each(['2024-01-15', '2024-01-15T09:30', '2024-01-15T09:30:05', '2024-01-15T09:30:05.123', '2024-01-15T09:30Z', '2024-01-15T09:30:05.123456Z', '2024-01-15T09:30+05:30', '2024-01', '2024',
  '+012024-01-15T00:00:00Z', '-000001-01-01T00:00:00Z', '2024-02-30', '2024-13-01', '2024-01-15T24:00', '2024-01-15T25:00', '2024-01-15 09:30:05'], 'Date.parse(v)');
each(['Mon, 15 Jan 2024 09:30:05 GMT', 'Mon, 15 Jan 2024 09:30:05 +0000', 'Mon, 15 Jan 2024 09:30:05 -0500', '15 Jan 2024 09:30 EST', 'Mon, 15 Jan 2024 09:30:05 UT', '15 Jan 2024', 'Jan 15, 2024', 'January 15, 2024 9:30 PM',
  '1/15/2024', '01/15/2024 09:30', '1/15/2024, 9:30:00 AM', 'Mon Jan 15 2024 09:30:05 GMT+0100', 'Mon Jan 15 2024'], 'Date.parse(v)');
each(['', 'yesterday', 'T09:30', '2024-1-15T', '15/01/2024', 'NaN', null, {}], 'Date.parse(v)');
const MOMENTS = [0, -1, 1705311005123, Date.UTC(1969, 6, 20, 20, 17), Date.UTC(2037, 11, 31, 23, 59, 59, 999), -62198755200000, -8.64e15, 8.64e15, 8.64e15 + 1, null];
for (const method of ['toString', 'toDateString', 'toTimeString', 'toUTCString', 'toISOString', 'toJSON', 'toLocaleString', 'toLocaleDateString', 'toLocaleTimeString', 'getTimezoneOffset', 'getHours', 'getDay', 'getYear'])
  each(MOMENTS, `new Date(v ?? NaN).${method}()`);
each(MOMENTS, '`${new Date(v ?? NaN)}`');
each(MOMENTS, "new Date(v ?? NaN).toLocaleDateString('en-US', { era: 'short', year: 'numeric', month: 'long', day: 'numeric', timeZone: 'Europe/Berlin' })");
each(MOMENTS, "new Intl.DateTimeFormat('en-US', { timeZone: 'Asia/Kolkata' }).format(v ?? NaN)");
each(MOMENTS, "new Intl.DateTimeFormat('de', { timeZone: 'Asia/Kolkata' }).formatToParts(v ?? NaN)");
each([[2024, 0, 31], [2024, 1, 30], [99, 5, 1], [2024, 12, 1, 25, 61, 61], [NaN, 1]], '[new Date(...v).getTime(), Date.UTC(...v)]');

// --- what is not known is refused or left out, as ECMA-402 says ---------------------------------------------------------------------
each([{ timeZone: 'Mars/Base' }, { timeZone: 'EST5EDT' }, { timeZone: 'GMT+1' }, { timeZone: null }, { weekday: 'medium' }, { month: '3-digit' }, { hour12: 'no' }, { hourCycle: 'h13' },
  { dateStyle: 'tiny' }, { dateStyle: 'short', year: 'numeric' }, { localeMatcher: 'none' }, { formatMatcher: 'none' }, { calendar: 'b' }, { numberingSystem: '$' }, { timeZoneName: 'medium' }, { fractionalSecondDigits: 0 }, { dayPeriod: 'tiny' }],
  "new Date(1705311005123).toLocaleString('en-US', v)");
each([{ style: 'money' }, { style: 'currency' }, { style: 'currency', currency: 'US' }, { minimumFractionDigits: -1 }, { maximumFractionDigits: 101 }, { minimumFractionDigits: 5, maximumFractionDigits: 2 }, { maximumSignificantDigits: 0 },
  { minimumIntegerDigits: 22 }, { roundingIncrement: 3 }, { roundingIncrement: 5, maximumFractionDigits: 2, minimumFractionDigits: 1 }, { roundingIncrement: 5, maximumSignificantDigits: 2 }, { notation: 'short' }, { signDisplay: 'never ever' },
  { localeMatcher: 'none' }, { numberingSystem: '$' }, { currencyDisplay: 'long' }, { unit: 'parsec' }, { trailingZeroDisplay: 'no' }, { roundingPriority: 'no' }, { useGrouping: 'sometimes' }], "(1234.567).toLocaleString('en-US', v)");
each(['en_US', 'x', 'english-language-of-here', 'en-US-u-hc-h23', 'de-DE-u-co-phonebk', 'en-u-nu-latn', 'en-u-ca-gregory'], "new Date(0).toLocaleString(v)");
lines.push('Object.fromEntries(Object.entries(new Intl.NumberFormat().resolvedOptions()))', "new Intl.NumberFormat('de', { style: 'currency', currency: 'eur' }).resolvedOptions()", "Intl.DateTimeFormat('fr', { hour: 'numeric' }).resolvedOptions()");
for (const options of [{}, { style: 'currency', currency: 'USD' }, { style: 'percent' }, { style: 'unit', unit: 'meter' }, { notation: 'compact' }])
  each([[3, 5], [3, 3], [-3, 5], [3000, 5e6], [1.2345, 1.2346]], `new Intl.NumberFormat('en-US', ${js(options)}).formatRange(...v)`);

const vectors = lines.map((source) => ({ js: source, is: JSON.parse(show((0, eval)(`(() => { ${setup} return (${source}); })()`))) }));
const { node, icu, cldr, unicode, tz } = process.versions;
writeFileSync(new URL('formats.json', import.meta.url), `{"made_with": ${js({ node, icu, cldr, unicode, tz })},\n"setup": ${js(setup)},\n"vectors": [\n${vectors.map((v) => js(v)).join(',\n')}\n]}\n`);
const results = (is) => (Array.isArray(is) ? is.reduce((sum, one) => sum + results(one), 0) : 1);
console.log(`${vectors.length} vectors with ${vectors.reduce((sum, v) => sum + results(v.is), 0)} results`);

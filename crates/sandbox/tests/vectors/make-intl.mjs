// Writes intl.json: locale-dependent expressions and what this Node (full ICU) makes of them: the list in intl.txt, then
// seeded random option bags for en-US. A line that starts with `...` stands for several results.
// Usage: TZ=UTC node make-intl.mjs
import { readFileSync, writeFileSync } from 'node:fs';

const show = (0, eval)(readFileSync(new URL('show.js', import.meta.url), 'utf8'));
const lines = readFileSync(new URL('intl.txt', import.meta.url), 'utf8').split('\n')
  .filter((line) => line.trim() !== '' && !line.startsWith('//'))
  .map((line) => (line.startsWith('...') ? `[${line}]` : line));

let seed = 20240115;
const random = (below) => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % below;
};
const pick = (list) => list[random(list.length)];
const maybe = (options, name, list, one) => {
  if (random(one) === 0) options[name] = pick(list);
};

const ZONES = ['UTC', 'America/New_York', 'America/Los_Angeles', 'America/Chicago', 'Europe/London', 'Europe/Berlin', 'Asia/Tokyo', 'Asia/Calcutta', 'Australia/Sydney'];
function date() {
  const o = { timeZone: pick(ZONES) };
  const shape = random(5);
  maybe(o, 'weekday', ['long', 'short', 'narrow'], 2);
  o.month = pick(['numeric', '2-digit', 'long', 'short', 'narrow']);
  o.day = pick(['numeric', '2-digit']);
  maybe(o, 'year', ['numeric', '2-digit'], 2);
  if (shape > 1) {
    o.hour = pick(['numeric', '2-digit']);
    if (shape > 2) o.minute = pick(['numeric', '2-digit']);
    if (shape > 3) o.second = pick(['numeric', '2-digit']);
    maybe(o, 'timeZoneName', ['short', 'long', 'shortOffset', 'longOffset'], 3);
    maybe(o, 'dayPeriod', ['short', 'long', 'narrow'], 10);
    maybe(o, 'hour12', [true, false], 3);
  }
  const at = Date.UTC(2000 + random(40), random(12), 1 + random(28), random(24), random(60), random(60), random(1000));
  return `new Intl.DateTimeFormat('en-US', ${JSON.stringify(o)}).format(${at})`;
}

function number() {
  const o = {};
  const style = random(6);
  if (style === 0) o.style = 'percent';
  if (style === 1) Object.assign(o, { style: 'currency', currency: pick(['USD', 'EUR', 'JPY', 'CHF', 'INR', 'BHD']), currencyDisplay: pick(['symbol', 'code', 'name']) });
  if (style === 2) Object.assign(o, { style: 'unit', unit: pick(Intl.supportedValuesOf('unit')), unitDisplay: pick(['short', 'long']) });
  maybe(o, 'notation', style > 2 ? ['compact', 'scientific', 'engineering'] : ['compact'], 4);
  const digits = random(5);
  if (digits === 0) o.maximumFractionDigits = random(5);
  if (digits === 1) o.minimumFractionDigits = random(4);
  if (digits === 2) o.maximumSignificantDigits = 1 + random(6);
  maybe(o, 'signDisplay', ['never', 'always', 'exceptZero', 'negative'], 6);
  maybe(o, 'useGrouping', [true, false, 'min2'], 8);
  const value = pick([random(2000) / 10, random(1e6), -random(1e6) / 100, random(1e6) * random(1e6), random(1000) / 1e5, 1, 0, 999999, 1e21]);
  return `new Intl.NumberFormat('en-US', ${JSON.stringify(o)}).format(${value})`;
}

for (let i = 0; i < 200; i++) lines.push(date(), number());
const vectors = lines.map((js) => {
  try {
    return { js, is: JSON.parse(show((0, eval)(`(${js})`))) };
  } catch (error) {
    return { js, is: { throws: error.name } };
  }
});
const { node, icu, cldr, unicode, tz } = process.versions;
const madeWith = JSON.stringify({ node, icu, cldr, unicode, tz });
writeFileSync(new URL('intl.json', import.meta.url), `{"made_with": ${madeWith},\n"vectors": [\n${vectors.map((v) => JSON.stringify(v)).join(',\n')}\n]}\n`);
console.log(`${vectors.length} vectors`);

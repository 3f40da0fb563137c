// Writes src/native/zone-names.tsv: the English names of every time zone, as the full-ICU Node that runs this prints them.
// Other names of the same zone, which the tz database of this machine lists, follow as `name <TAB> =zone`.
// Usage: node make-zone-names.mjs > ../../src/native/zone-names.tsv
import { readFileSync } from 'node:fs';

const year = 2024;
const name = (timeZone, style, locale, date) =>
  new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: style })
    .formatToParts(date)
    .find((part) => part.type === 'timeZoneName').value;

const offset = (timeZone, date) => {
  const text = name(timeZone, 'longOffset', 'en-US', date);
  const match = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(text);
  return match[1] ? (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) : 0;
};

for (const zone of Intl.supportedValuesOf('timeZone')) {
  if (zone === 'UTC') continue;
  const winter = new Date(Date.UTC(year, 0, 15));
  const summer = new Date(Date.UTC(year, 6, 15));
  // Standard time is the smaller offset; where the law says otherwise (Dublin) CLDR still calls winter standard.
  const [standard, daylight] = offset(zone, winter) <= offset(zone, summer) ? [winter, summer] : [summer, winter];
  const named = (style, date) => {
    const text = name(zone, style, 'en-US', date);
    return text.startsWith('GMT+') || text.startsWith('GMT-') ? '' : text;
  };
  const changes = offset(zone, standard) !== offset(zone, daylight);
  console.log(
    [
      zone,
      named('long', standard),
      changes ? named('long', daylight) : '',
      named('short', standard),
      changes ? named('short', daylight) : '',
    ].join('\t'),
  );
}

const listed = new Set(Intl.supportedValuesOf('timeZone'));
const database = readFileSync('/usr/share/zoneinfo/tzdata.zi', 'utf8').split('\n').map((line) => line.split(' '));
const all = database.filter(([kind]) => kind === 'Z' || kind === 'L').map(([kind, name, link]) => (kind === 'Z' ? name : link));
for (const other of [...new Set(all)].sort()) {
  if (listed.has(other)) continue;
  let zone;
  try {
    zone = new Intl.DateTimeFormat('en-US', { timeZone: other }).resolvedOptions().timeZone;
  } catch {
    continue;
  }
  if (zone !== other && zone !== 'UTC') console.log(`${other}\t=${zone}`);
}

// Intl.DateTimeFormat, and the toLocale… methods of Date on top of it.
export default function install(host, native) {
  const { bag, common, finish, integer, option, resolve } = host.global('%locale');
  const { compile, ofFields, ofStyles } = host.global('%datePattern');
  const localeData = host.global('%localeData');
  const { Date } = native;

  const TEXT = ['narrow', 'short', 'long'];
  const DIGITS = ['2-digit', 'numeric'];
  const ZONES = ['short', 'long', 'shortOffset', 'longOffset', 'shortGeneric', 'longGeneric'];
  const STYLES = ['full', 'long', 'medium', 'short'];
  const CLOCK = { hour: 'numeric', minute: 'numeric' };
  const STYLE_FIELDS = {
    short: CLOCK,
    medium: { ...CLOCK, second: 'numeric' },
    long: { ...CLOCK, second: 'numeric', timeZoneName: 'short' },
    full: { ...CLOCK, second: 'numeric', timeZoneName: 'long' },
  };
  const DATE_FIELDS = ['weekday', 'year', 'month', 'day'];
  const TIME_FIELDS = ['dayPeriod', 'hour', 'minute', 'second', 'fractionalSecondDigits'];
  const PART = {
    y: 'year', M: 'month', N: 'month', L: 'month', d: 'day', E: 'weekday', C: 'weekday', G: 'era', h: 'hour', m: 'minute',
    s: 'second', f: 'fractionalSecond', a: 'dayPeriod', B: 'dayPeriod', z: 'timeZoneName',
  };

  const readFields = (options) => ({
    weekday: option(options, 'weekday', TEXT),
    era: option(options, 'era', TEXT),
    year: option(options, 'year', DIGITS),
    month: option(options, 'month', [...DIGITS, ...TEXT]),
    day: option(options, 'day', DIGITS),
    dayPeriod: option(options, 'dayPeriod', TEXT),
    hour: option(options, 'hour', DIGITS),
    minute: option(options, 'minute', DIGITS),
    second: option(options, 'second', DIGITS),
    fractionalSecondDigits: integer(options, 'fractionalSecondDigits', 1, 3),
    timeZoneName: option(options, 'timeZoneName', ZONES),
  });

  const addDefaults = (fields, required, defaults) => {
    const wanted = [...(required !== 'time' ? DATE_FIELDS : []), ...(required !== 'date' ? TIME_FIELDS : [])];
    if (wanted.some((name) => fields[name] !== undefined)) return;
    if (defaults !== 'time') fields.year = fields.month = fields.day = 'numeric';
    if (defaults !== 'date') fields.hour = fields.minute = fields.second = 'numeric';
  };

  const zoneOf = (options) => {
    if (options.timeZone === undefined) return 'UTC';
    const name = `${options.timeZone}`;
    const found = native.zone('find', name.toWellFormed());
    if (found === undefined) throw new RangeError(`Invalid time zone specified: ${name}`);
    return found;
  };

  const two = (number) => (number < 10 ? `0${number}` : `${number}`);
  const offsetText = ({ gmt, minus }, seconds, long) => {
    const all = Math.abs(seconds);
    const [hours, minutes, rest] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
    const tail = rest ? `:${two(minutes)}:${two(rest)}` : long || minutes ? `:${two(minutes)}` : '';
    return `${gmt}${seconds < 0 ? minus : '+'}${long ? two(hours) : hours}${tail}`;
  };

  // A range says what both ends share once: "Jan 5 – 8, 2024", "1/5/2024, 9:00 – 10:30 AM". Numeric dates are never cut.
  const TIME_PARTS = new Set(['hour', 'minute', 'second', 'fractionalSecond', 'dayPeriod', 'timeZoneName']);
  const TAIL_OF_TIME = new Set(['dayPeriod', 'timeZoneName', 'literal']);
  const same = (one, other) => one?.type === other?.type && one?.value === other?.value;
  const from_ = (parts, source) => parts.map((part) => ({ ...part, source }));
  const ends = (from, to, first, last) => [
    ...from_(from.slice(0, first), 'shared'),
    ...from_(from.slice(first, from.length - last), 'startRange'),
    { type: 'literal', value: '\u2009–\u2009', source: 'shared' },
    ...from_(to.slice(first, to.length - last), 'endRange'),
    ...from_(from.slice(from.length - last), 'shared'),
  ];
  const range = (from, to) => {
    if (from.length === to.length && from.every((part, index) => same(part, to[index]))) return from_(from, 'shared');
    if (from.length !== to.length) return ends(from, to, 0, 0);
    const differs = (test) => from.some((part, index) => test(part) && !same(part, to[index]));
    const timed = from.findIndex((part) => TIME_PARTS.has(part.type));
    const inTime = (part) => TIME_PARTS.has(part.type);
    if (differs((part) => !inTime(part) && part.type !== 'literal')) {
      const worded = from.some((part) => part.type === 'month' && !/\d/.test(part.value));
      const years = differs((part) => part.type === 'year' || part.type === 'era');
      if (timed >= 0 || !worded || years) return ends(from, to, 0, 0);
      let first = 0;
      while (same(from[first], to[first])) first += 1;
      let last = 0;
      while (same(from.at(-1 - last), to.at(-1 - last))) last += 1;
      return ends(from, to, first, last);
    }
    let last = 0;
    while (same(from.at(-1 - last), to.at(-1 - last)) && TAIL_OF_TIME.has(from.at(-1 - last).type)) last += 1;
    return ends(from, to, timed, last).map((part) => (part.value === ' at ' ? { ...part, value: ', ' } : part));
  };

  class DateTimeFormat {
    #state;
    #bound;
    constructor(locales, options, required = 'any', defaults = 'date') {
      const found = resolve(locales);
      options = bag(options);
      common(options, ['calendar', 'numberingSystem']);
      const data = localeData(found.data);
      const fields = readFields(options);
      const dateStyle = option(options, 'dateStyle', STYLES);
      const timeStyle = option(options, 'timeStyle', STYLES);
      option(options, 'formatMatcher', ['basic', 'best fit']);
      const hour12 = options.hour12 === undefined ? undefined : !!options.hour12;
      const asked = option(options, 'hourCycle', ['h11', 'h12', 'h23', 'h24'], found.hourCycle);
      const zone = zoneOf(options);
      if (dateStyle !== undefined || timeStyle !== undefined) {
        for (const name of Object.keys(fields)) {
          if (fields[name] !== undefined) {
            throw new TypeError(`Can't set option ${name} when ${dateStyle !== undefined ? 'dateStyle' : 'timeStyle'} is used`);
          }
        }
        if (required === 'date' && timeStyle !== undefined) throw new TypeError('Invalid option : timeStyle');
        if (required === 'time' && dateStyle !== undefined) throw new TypeError('Invalid option : dateStyle');
      } else {
        addDefaults(fields, required, defaults);
      }
      const hourCycle = hour12 !== undefined ? (hour12 ? data.hourCycle12 : data.hourCycle24) : (asked ?? data.hourCycle);
      const twelve = hourCycle === 'h11' || hourCycle === 'h12';
      const styled = dateStyle !== undefined || timeStyle !== undefined;
      const pattern = styled ? ofStyles(data, dateStyle, timeStyle, twelve) : ofFields(data, fields, twelve);
      this.#state = {
        locale: found.locale, data, english: found.data.startsWith('en'), american: found.data === 'en-US', fields, dateStyle,
        timeStyle, zone, hourCycle, twelve, tokens: compile(pattern),
      };
    }
    get format() {
      // Like V8: the narrow no-break space before AM shows in the parts, but a plain space in text, for those who split it.
      this.#bound ??= (date) => this.#parts(date).map((part) => part.value).join('').replaceAll('\u202f', ' ');
      return this.#bound;
    }
    formatToParts(date) { return this.#parts(date); }
    formatRange(start, end) {
      const parts = this.formatRangeToParts(start, end);
      return parts.every((part) => part.source === 'shared') ? this.format(start) : parts.map((part) => part.value).join('');
    }
    formatRangeToParts(start, end) {
      if (start === undefined || end === undefined) throw new TypeError('startDate or endDate cannot be undefined');
      const wider = this.#wider(start, end);
      return range(wider.#parts(start), wider.#parts(end));
    }
    // A clock time does not tell two days apart, nor a day two years: then the range shows them as well.
    #wider(start, end) {
      const { locale, fields, dateStyle, timeStyle, zone, hourCycle } = this.#state;
      if (dateStyle !== undefined) return this;
      const days = (more) => new DateTimeFormat(locale, { ...more, timeZone: zone, hourCycle });
      const shown = timeStyle === undefined ? fields : STYLE_FIELDS[timeStyle];
      const day = days({ year: 'numeric', month: 'numeric', day: 'numeric' });
      const year = days({ year: 'numeric' });
      const dated = DATE_FIELDS.some((name) => shown[name] !== undefined);
      if (!dated && day.format(start) !== day.format(end)) {
        return days({ ...shown, year: 'numeric', month: 'numeric', day: 'numeric' });
      }
      if (dated && shown.year === undefined && year.format(start) !== year.format(end)) return days({ ...shown, year: 'numeric' });
      return this;
    }
    resolvedOptions() {
      const { locale, zone, hourCycle, twelve, fields, dateStyle, timeStyle, tokens } = this.#state;
      const resolved = { locale, calendar: 'gregory', numberingSystem: 'latn', timeZone: zone };
      if (fields.hour !== undefined || timeStyle !== undefined) Object.assign(resolved, { hourCycle, hour12: twelve });
      const doubled = new Set(tokens.filter((piece) => piece.token?.length === 2).map((piece) => PART[piece.token[0]]));
      for (const name of Object.keys(fields)) {
        if (fields[name] === undefined) continue;
        resolved[name] = fields[name] === 'numeric' && doubled.has(name) ? '2-digit' : fields[name];
      }
      if (dateStyle !== undefined) resolved.dateStyle = dateStyle;
      if (timeStyle !== undefined) resolved.timeStyle = timeStyle;
      return resolved;
    }

    #parts(date) {
      const ms = date === undefined ? host.now() : Number(date);
      if (!(Math.abs(ms) <= 8.64e15)) throw new RangeError('Invalid time value');
      const { zone, tokens } = this.#state;
      const [offset, daylight] = zone === 'UTC' ? [0, false] : native.zone('at', zone, Math.trunc(ms));
      // The offset may lead out of what a date can hold; four hundred years nearer the calendar is the same.
      const nearer = Math.abs(ms) > 8.6e15 ? Math.sign(ms) * 400 : 0;
      const local = new Date(Math.trunc(ms) + offset * 1000 - nearer * 31_556_952_000);
      const parts = [];
      for (const piece of tokens) {
        const literal = typeof piece === 'string';
        const value = literal ? piece : this.#field(piece.token, piece.width, local, local.getUTCFullYear() + nearer, offset, daylight);
        const type = literal ? 'literal' : PART[piece.token[0]];
        if (type === 'literal' && parts.at(-1)?.type === 'literal') parts.at(-1).value += value;
        else if (value !== '') parts.push({ type, value });
      }
      return parts;
    }

    #field(token, fixed, local, year, offset, daylight) {
      const { data, fields, hourCycle } = this.#state;
      const { names } = data;
      const doubled = token.length === 2;
      const number = (value, asked) => (doubled || (asked === '2-digit' && fixed !== 'n') ? two(value) : `${value}`);
      const width = (asked) => fixed ?? (asked ?? 'short')[0];
      switch (token[0]) {
        case 'y': {
          const shown = year > 0 ? year : 1 - year;
          return doubled || (fields.year === '2-digit' && fixed !== 'n') ? two(shown % 100) : `${shown}`;
        }
        case 'G': return names.G[width(fields.era)][year > 0 ? 1 : 0];
        case 'M': return number(local.getUTCMonth() + 1, fields.month);
        case 'N':
        case 'L': return names[token][width(fields.month)][local.getUTCMonth()];
        case 'E':
        case 'C': return names[token][width(fields.weekday)][local.getUTCDay()];
        case 'd': return number(local.getUTCDate(), fields.day);
        case 'h': {
          const hour = local.getUTCHours();
          const shown = { h11: hour % 12, h12: hour % 12 || 12, h23: hour, h24: hour || 24 }[hourCycle];
          return number(shown, fields.hour);
        }
        case 'm': return doubled ? two(local.getUTCMinutes()) : `${local.getUTCMinutes()}`;
        case 's': return doubled ? two(local.getUTCSeconds()) : `${local.getUTCSeconds()}`;
        case 'f': return `${local.getUTCMilliseconds()}`.padStart(3, '0').slice(0, fields.fractionalSecondDigits);
        case 'a': return names.a[local.getUTCHours() < 12 ? 0 : 1];
        case 'B': return this.#partOfDay(local.getUTCHours(), local.getUTCMinutes());
        default: return this.#zoneName(fixed === undefined ? fields.timeZoneName : fixed === 'l' ? 'long' : 'short', offset, daylight);
      }
    }

    #partOfDay(hour, minute) {
      const { data, english, fields } = this.#state;
      // English names noon, when the hour is shown, only at the stroke of twelve.
      if (english && hour === 12 && (minute === 0 || !fields.minute)) return fields.dayPeriod === 'narrow' ? 'n' : 'noon';
      const runs = data.names.B[fields.dayPeriod[0]];
      return runs.findLast(([from]) => from <= hour)[1];
    }

    #zoneName(style, offset, daylight) {
      const { zone, data, english, american } = this.#state;
      if (zone === 'UTC' && !style.endsWith('Offset')) return style.startsWith('long') ? data.utc : 'UTC';
      const plain = offsetText(data, offset, style.startsWith('long'));
      if (style.endsWith('Offset')) return plain;
      const titles = native.zone('title', zone);
      if (titles === undefined) return plain;
      const [standard, summer, shortStandard, shortSummer] = titles;
      const name = daylight && summer ? summer : standard;
      switch (style) {
        case 'long': return (english && name) || plain;
        case 'short': return (american ? (daylight ? shortSummer : shortStandard) : data.zones[name]) || plain;
        case 'longGeneric': return (english && standard.replace(' Standard', '')) || plain;
        default: return (american && shortSummer && shortStandard.replace('S', '')) || plain;
      }
    }
  }
  finish(DateTimeFormat);

  // `Intl.DateTimeFormat(…)` works without `new`, and its tail of private arguments is not reachable.
  const construct = (locales, options) => new DateTimeFormat(locales, options);
  const Public = function DateTimeFormat(locales, options) { return construct(locales, options); };
  Public.prototype = DateTimeFormat.prototype;
  Object.defineProperty(Public.prototype, 'constructor', { value: Public, writable: true, configurable: true });
  Object.defineProperty(Public, 'prototype', { writable: false });
  Object.defineProperty(Public, 'length', { value: 0, configurable: true });
  Object.defineProperty(Public, 'supportedLocalesOf', Object.getOwnPropertyDescriptor(DateTimeFormat, 'supportedLocalesOf'));

  // Formatters without options are made again and again by the same loop; keep them.
  const plain = new Map();
  const NEEDS = { all: ['any', 'all'], date: ['date', 'date'], time: ['time', 'time'] };
  const dateToLocale = (ms, kind, locales, options) => {
    const keep = options === undefined && (locales === undefined || typeof locales === 'string');
    const key = `${kind} ${locales}`;
    let formatter = keep ? plain.get(key) : undefined;
    if (formatter === undefined) {
      formatter = new DateTimeFormat(locales, options, ...NEEDS[kind]);
      if (keep && plain.size < 64) plain.set(key, formatter);
    }
    return Number.isNaN(ms) ? 'Invalid Date' : formatter.format(ms);
  };
  return { '%DateTimeFormat': Public, '%dateToLocale': dateToLocale };
}

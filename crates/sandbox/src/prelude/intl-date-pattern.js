// From the fields somebody asked for to the tokens that print them.
//
// A pattern is text with {tokens}: y year, M month number, N and L month name (beside a day, and by itself), d day,
// E and C weekday (likewise), G era, h hour, m minute, s second, f fraction, a AM/PM, B part of the day, z zone. A doubled
// letter prints two digits whatever was asked; `{N:l}` fixes the width of a name (long, short, narrow), `{M:n}` prints a number as it is.
export default function install(host) {
  const cache = new Map();
  const WIDTH = { numeric: 'N', '2-digit': 'N', short: 'S', long: 'W', narrow: 'S' };
  const STYLES = ['full', 'long', 'medium', 'short'];

  /** Tokens `{ token, width }` and literal strings. */
  const compile = (text) => {
    let tokens = cache.get(text);
    if (tokens === undefined) {
      tokens = text.split(/(\{[^}]+\})/).filter((piece) => piece !== '').map((piece) => {
        if (piece[0] !== '{') return piece;
        const [token, width] = piece.slice(1, -1).split(':');
        return { token, width };
      });
      cache.set(text, tokens);
    }
    return tokens;
  };

  // The generator leaves out what these rules derive.
  const datePattern = (dates, key) => {
    if (Object.hasOwn(dates, key)) return dates[key];
    if (key === 'G') return '{G}';
    if (key[0] === 'G') return `${datePattern(dates, key.slice(1))} {G}`;
    return datePattern(dates, key.includes('E') ? key.replace('E', 'e') : key.replace('W', 'S'));
  };

  const onlyWeekday = ({ weekday, year, month, day, era }) =>
    weekday !== undefined && year === undefined && month === undefined && day === undefined && era === undefined;

  const timePattern = (data, fields, twelve) => {
    if (fields.dayPeriod && !fields.hour) return '{B}';
    const seconds = fields.second || (fields.fractionalSecondDigits && (fields.hour || fields.minute));
    const minutes = fields.minute || (fields.hour && seconds);
    let key = (fields.hour ? 'h' : '') + (minutes ? 'm' : '') + (seconds ? 's' : '');
    let text = '';
    if (key !== '') {
      if (fields.hour) key += twelve ? '12' : '24';
      const zoned = fields.timeZoneName && data.times[`${key}z`];
      text = zoned || data.times[key] + (fields.timeZoneName ? ' {z}' : '');
      // Outside America `09:07` loses its zero when the minute is asked for as 2-digit and the hour is not, except right after a weekday.
      const bare = (key === 'hm24' || key === 'hms24') && fields.minute === '2-digit' && data.hourCycle24 === 'h23';
      if (bare && !onlyWeekday(fields)) text = text.replace('{hh}', '{h}');
    } else if (fields.timeZoneName && !fields.fractionalSecondDigits) {
      return '{z}';
    }
    if (fields.fractionalSecondDigits) {
      text = text === '' ? '{f}' : text.replace(/\{ss?\}/, (seconds) => `${seconds}${data.numbers.decimal}{f}`);
    }
    return fields.dayPeriod && twelve ? text.replace('{a}', '{B}') : text;
  };

  // CLDR has patterns for a weekday and a plain time; with anything more they join as dates do.
  const glueOf = (data, fields, twelve) => {
    if (fields.month === undefined && fields.day === undefined && fields.year === undefined && fields.era === undefined) {
      const plain = fields.hour && !fields.timeZoneName && !fields.fractionalSecondDigits;
      const own = plain && data.weekdayGlue[(fields.second ? 'hms' : fields.minute ? 'hm' : 'h') + (twelve ? '12' : '24')];
      return own || data.glue[0];
    }
    if (fields.month === 'long') return data.glue[fields.weekday === undefined ? 2 : 3];
    return data.glue[fields.month === 'short' ? 1 : 0];
  };

  const join = (glue, date, time) => glue.replace('{1}', () => date).replace('{0}', () => time);

  /** The key of a date with numbers of two digits, some of which have a pattern of their own. */
  const twoDigitKey = (fields) =>
    (fields.weekday ? (fields.weekday === 'long' ? 'E' : 'e') : '') +
    (fields.year ? (fields.year === '2-digit' ? 'Y' : 'y') : '') +
    (fields.month ? (fields.month === '2-digit' ? 'D' : WIDTH[fields.month]) : '') +
    (fields.day ? (fields.day === '2-digit' ? 'x' : 'd') : '');

  const dateOf = (data, fields, key) => {
    const own = fields.era ? undefined : twoDigitKey(fields);
    return own !== undefined && Object.hasOwn(data.twoDigits, own) ? data.twoDigits[own] : datePattern(data.dates, key);
  };

  /** The pattern for single fields. */
  const ofFields = (data, fields, twelve) => {
    const key =
      (fields.era ? 'G' : '') +
      (fields.weekday ? (fields.weekday === 'long' ? 'E' : 'e') : '') +
      (fields.year ? 'y' : '') +
      (fields.month ? WIDTH[fields.month] : '') +
      (fields.day ? 'd' : '');
    const timed = fields.hour || fields.minute || fields.second || fields.fractionalSecondDigits || fields.timeZoneName || fields.dayPeriod;
    if (key === '') return timePattern(data, fields, twelve);
    const date = dateOf(data, fields, key);
    return timed ? join(glueOf(data, fields, twelve), date, timePattern(data, fields, twelve)) : date;
  };

  /** The pattern for `dateStyle` and `timeStyle`. */
  const ofStyles = (data, dateStyle, timeStyle, twelve) => {
    const date = data.dateStyles[STYLES.indexOf(dateStyle)];
    const time = data[twelve ? 'timeStyles12' : 'timeStyles24'][STYLES.indexOf(timeStyle)];
    if (date === undefined || time === undefined) return date ?? time;
    return join(data.styleGlue[STYLES.indexOf(dateStyle)], date, time);
  };

  return { '%datePattern': { compile, ofFields, ofStyles } };
}

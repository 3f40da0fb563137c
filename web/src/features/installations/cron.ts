import { instantOf, wallClock } from '../../i18n/zone';

/** Five fields as sets of numbers; whether the two day fields are restricted decides how they go together. */
interface Cron {
  minute: ReadonlySet<number>;
  hour: ReadonlySet<number>;
  day: ReadonlySet<number>;
  month: ReadonlySet<number>;
  weekday: ReadonlySet<number>;
  anyDay: boolean;
  anyWeekday: boolean;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
/** How far ahead is looked: a schedule for the 29th of February comes within eight years, and nobody waits for that here. */
const AHEAD_DAYS = 800;

/** Reads a cron expression of five fields; nothing for spellings that only the server understands (`L`, `W`, `#`). */
export function parseCron(text: string): Cron | undefined {
  const fields = text.trim().toLowerCase().split(/\s+/);
  const [minute, hour, day, month, weekday] = fields;
  if (fields.length !== 5 || !minute || !hour || !day || !month || !weekday) return undefined;
  const sets = [field(minute, 0, 59), field(hour, 0, 23), field(day, 1, 31), field(month, 1, 12, MONTHS, 1), field(weekday, 0, 7, DAYS, 0)];
  if (sets.some((set) => set === undefined)) return undefined;
  const [minutes, hours, days, months, weekdays] = sets as Array<Set<number>>;
  if (weekdays!.delete(7)) weekdays!.add(0);
  return { minute: minutes!, hour: hours!, day: days!, month: months!, weekday: weekdays!, anyDay: isAny(day), anyWeekday: isAny(weekday) };
}

function isAny(text: string): boolean {
  return text === '*' || text === '?';
}

function field(text: string, least: number, most: number, names: readonly string[] = [], base = 0): Set<number> | undefined {
  const values = new Set<number>();
  const number = (word: string): number => {
    const named = names.indexOf(word);
    return named >= 0 ? named + base : /^\d+$/.test(word) ? Number(word) : NaN;
  };
  for (const part of text.split(',')) {
    const [range = '', stepText, ...rest] = part.split('/');
    if (rest.length > 0) return undefined;
    const step = stepText === undefined ? 1 : number(stepText);
    const [fromText = '', toText, ...more] = range.split('-');
    if (more.length > 0) return undefined;
    const from = isAny(range) ? least : number(fromText);
    // `5/10` means from five on.
    const to = isAny(range) || (toText === undefined && stepText !== undefined) ? most : toText === undefined ? from : number(toText);
    if (!(step > 0) || !(from >= least) || !(to <= most) || from > to) return undefined;
    for (let value = from; value <= to; value += step) values.add(value);
  }
  return values;
}

/** The next instants at which it fires, in the zone that its fields are read in. Local times that do not exist are left out. */
export function nextTimes(cron: Cron, zone: string, after: Date, count: number): Date[] {
  const times: Date[] = [];
  const start = wallClock(after, zone);
  const minutes = [...cron.minute].sort((a, b) => a - b);
  const hours = [...cron.hour].sort((a, b) => a - b);
  for (let ahead = 0; ahead <= AHEAD_DAYS && times.length < count; ahead++) {
    const date = new Date(Date.UTC(start.year, start.month - 1, start.day + ahead));
    if (!isDay(cron, date)) continue;
    for (const hour of hours) {
      for (const minute of minutes) {
        const at = instantOf(date.getTime() + (hour * 60 + minute) * 60_000, zone);
        if (at !== undefined && at > after && times.length < count) times.push(at);
      }
    }
  }
  return times;
}

/** Where both day fields are restricted, either is enough: that is how cron has always read them. */
function isDay(cron: Cron, date: Date): boolean {
  if (!cron.month.has(date.getUTCMonth() + 1)) return false;
  const [day, weekday] = [cron.day.has(date.getUTCDate()), cron.weekday.has(date.getUTCDay())];
  return cron.anyDay || cron.anyWeekday ? day && weekday : day || weekday;
}

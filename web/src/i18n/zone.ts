const clocks = new Map<string, Intl.DateTimeFormat>();

/** What a clock and a calendar on the wall of a zone show. */
export interface Wall {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
}

export function wallClock(at: Date, zone: string): Wall {
  let clock = clocks.get(zone);
  if (!clock) {
    clock = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' });
    clocks.set(zone, clock);
  }
  const parts = Object.fromEntries(clock.formatToParts(at).map((part) => [part.type, Number(part.value)]));
  return { year: parts.year!, month: parts.month!, day: parts.day!, hour: parts.hour!, minute: parts.minute! };
}

/** The instant of a local time, given as if it were UTC; nothing where the clocks leap over it. */
export function instantOf(local: number, zone: string): Date | undefined {
  const offset = (at: number) => {
    const wall = wallClock(new Date(at), zone);
    return Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute) - at;
  };
  // The zone's offset a day before and a day after: one of them holds there.
  for (const guess of [local - offset(local - 86_400_000), local - offset(local + 86_400_000)]) {
    if (guess + offset(guess) === local) return new Date(guess);
  }
  return undefined;
}

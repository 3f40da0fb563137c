import { isDay, spans, type Range } from './range';

export const triggers = ['webhook', 'schedule', 'poll', 'manual'] as const;

/** What the address of the page says. */
export interface Search extends Range {
  tab?: 'alerts' | undefined;
  version?: string | undefined;
  installation?: string | undefined;
  organization?: string | undefined;
  trigger?: string | undefined;
}

/** Takes from an address what means something. */
export function searchOf(raw: Record<string, unknown>): Search {
  const search: Search = {};
  const range = spans.find((each) => each === raw.range);
  if (raw.tab === 'alerts') search.tab = 'alerts';
  if (isDay(raw.from)) search.from = raw.from;
  if (isDay(raw.to)) search.to = raw.to;
  if (range && search.from === undefined && search.to === undefined) search.range = range;
  for (const name of ['version', 'installation', 'organization'] as const) {
    const value = raw[name];
    if ((typeof value === 'string' || typeof value === 'number') && value !== '') search[name] = String(value);
  }
  if (triggers.some((each) => each === raw.trigger)) search.trigger = raw.trigger as string;
  return search;
}

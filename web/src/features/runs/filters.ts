export const STATUSES = ['queued', 'running', 'waiting', 'completed', 'failed', 'cancelled', 'skipped'] as const;
export const KINDS = ['workflow', 'hook', 'execution', 'automation'] as const;
/** What starts runs: the first word of a run's `trigger`. */
export const TRIGGERS = ['webhook', 'schedule', 'poll', 'manual', 'invoke'] as const;
export const RANGES = ['1h', '24h', '7d', '30d'] as const;

export type Status = (typeof STATUSES)[number];
export type Kind = (typeof KINDS)[number];
export type Trigger = (typeof TRIGGERS)[number];
export type Range = (typeof RANGES)[number];

const hours: Record<Range, number> = { '1h': 1, '24h': 24, '7d': 168, '30d': 720 };

/** What stands in the address: texts, so that a link stays readable. */
export interface RunsSearch {
  /** Several, with commas between them. */
  status?: string;
  workflow?: string;
  installation?: string;
  trigger?: string;
  kind?: string;
  range?: string;
  /** RFC 3339; besides `range`, which is always up to now. */
  since?: string;
  until?: string;
  error?: string;
  parent?: string;
}

/** Which runs the list shows. */
export interface RunsFilter {
  status: readonly Status[];
  workflow: string | undefined;
  installation: string | undefined;
  trigger: Trigger | undefined;
  kind: Kind | undefined;
  range: Range | undefined;
  since: string | undefined;
  until: string | undefined;
  error: string | undefined;
  parent: string | undefined;
}

/** Takes from an address what can be meant; the rest of it is left out. */
export function filterOf(search: Record<string, unknown>): RunsFilter {
  const text = (name: keyof RunsSearch) => {
    const value = search[name];
    return value === undefined || value === null || value === '' ? undefined : String(value);
  };
  const wanted = (text('status') ?? '').split(',');
  return {
    status: STATUSES.filter((status) => wanted.includes(status)),
    workflow: text('workflow'),
    installation: text('installation'),
    trigger: oneOf(TRIGGERS, text('trigger')),
    kind: oneOf(KINDS, text('kind')),
    range: oneOf(RANGES, text('range')),
    since: instant(text('since')),
    until: instant(text('until')),
    error: text('error'),
    parent: text('parent'),
  };
}

/** The address of a filter; nothing in it that says nothing. */
export function searchOf(filter: Partial<RunsFilter>): RunsSearch {
  const { status = [], ...rest } = filter;
  const said = Object.entries(rest).filter(([, value]) => value !== undefined && value !== '');
  return { ...(status.length > 0 && { status: status.join(',') }), ...Object.fromEntries(said) };
}

export function isFiltered(filter: RunsFilter): boolean {
  return Object.keys(searchOf(filter)).length > 0;
}

/** The workflow, where nothing else narrows the list. */
export function onlyWorkflow(filter: RunsFilter): string | undefined {
  return Object.keys(searchOf({ ...filter, workflow: undefined })).length === 0 ? filter.workflow : undefined;
}

/** When the filter begins: a range counts back from `now`. */
export function sinceOf(filter: RunsFilter, now: number): string | undefined {
  return filter.since ?? (filter.range && new Date(now - hours[filter.range] * 3_600_000).toISOString());
}

/** What the API is asked. */
export function queryOf(filter: RunsFilter, now: number) {
  return {
    status: filter.status.length > 0 ? filter.status.join(',') : undefined,
    workflow: filter.workflow,
    installation: filter.installation,
    trigger: filter.trigger,
    kind: filter.kind,
    error_code: filter.error,
    parent: filter.parent,
    since: sinceOf(filter, now),
    until: filter.until,
  };
}

/** The kind of start that a run's `trigger` tells of: `webhook zoom meeting.ended` → `webhook`. */
export function triggerOf(trigger: string): string {
  return trigger.split(' ', 1)[0] ?? trigger;
}

function oneOf<T extends string>(all: readonly T[], value: string | undefined): T | undefined {
  return all.find((each) => each === value);
}

function instant(text: string | undefined): string | undefined {
  return text === undefined || Number.isNaN(Date.parse(text)) ? undefined : text;
}

/** An instant as `datetime-local` writes it, in the reader's zone: to the minute also in years whose zones had odd offsets. */
export function localText(instant: string): string {
  const at = new Date(instant);
  const padded = (value: number, digits = 2) => String(value).padStart(digits, '0');
  return `${padded(at.getFullYear(), 4)}-${padded(at.getMonth() + 1)}-${padded(at.getDate())}T${padded(at.getHours())}:${padded(at.getMinutes())}`;
}

/** What was typed there; nothing while the year is still being typed, which begins as one of the first century. */
export function instantOf(typed: string): string | undefined {
  const at = new Date(typed);
  return Number.isNaN(at.getTime()) || at.getFullYear() < 1970 ? undefined : at.toISOString();
}

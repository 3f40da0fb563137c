/** Filters as they stand in the address, named as the API names them. Days are the reader's. */
export interface AuditSearch {
  text?: string;
  action?: string;
  outcome?: 'success' | 'failure' | 'denied';
  actor?: string;
  resource_type?: string;
  resource_id?: string;
  request_id?: string;
  from?: string;
  to?: string;
}

const DAY = /^\d{4}-\d\d-\d\d$/;

/** What of an address is a filter; the rest is dropped. */
export function readSearch(search: Record<string, unknown>): AuditSearch {
  const found: AuditSearch = {};
  for (const key of ['text', 'action', 'actor', 'resource_type', 'resource_id', 'request_id'] as const) {
    const value = search[key];
    if ((typeof value === 'string' || typeof value === 'number') && String(value) !== '') found[key] = String(value);
  }
  if (search.outcome === 'success' || search.outcome === 'failure' || search.outcome === 'denied') found.outcome = search.outcome;
  for (const key of ['from', 'to'] as const) {
    const value = search[key];
    if (typeof value === 'string' && DAY.test(value) && !Number.isNaN(midnight(value).getTime())) found[key] = value;
  }
  return found;
}

/** As the API wants them: instants, and the last day wholly. */
export function queryOf({ from, to, ...rest }: AuditSearch): Omit<AuditSearch, 'from' | 'to'> & { from?: string; to?: string } {
  return { ...rest, ...(from && { from: midnight(from).toISOString() }), ...(to && { to: midnight(to, 1).toISOString() }) };
}

/** Whether anything but the order decides what is shown. */
export function isFiltered(search: AuditSearch): boolean {
  return Object.keys(search).length > 0;
}

/** The beginning of a day in the reader's zone. */
function midnight(day: string, later = 0): Date {
  const [year = NaN, month = NaN, date = NaN] = day.split('-').map(Number);
  return new Date(year, month - 1, date + later);
}

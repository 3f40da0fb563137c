import { request } from '../../api/client';
import { timeZone } from '../../i18n';
import { asked } from './queries';
import { windowOf } from './range';
import type { Search } from './search';

export type Format = 'csv' | 'ndjson';

/** Fetches the rows with the session's token, which a plain link cannot send, and hands them to the browser as a file. */
export async function exportRuns(workflow: string, search: Search, format: Format): Promise<void> {
  const address = new URL(`/api/workflows/${encodeURIComponent(workflow)}/analytics/export`, location.origin);
  const window = windowOf(search, new Date(), timeZone);
  for (const [name, value] of Object.entries({ ...asked(search, window), format })) address.searchParams.set(name, value);
  const response = await request(new Request(address));
  const file = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = file;
  link.download = `runs-${window.from.toISOString().slice(0, 10)}-${window.to.toISOString().slice(0, 10)}.${format}`;
  link.click();
  // The browser has read the address by then.
  setTimeout(() => URL.revokeObjectURL(file), 10_000);
}

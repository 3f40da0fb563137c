import { queryOptions } from '@tanstack/react-query';

import { api, data } from '../../api/client';
import { timeZone } from '../../i18n';
import { windowOf, type Window } from './range';
import type { Search } from './search';

/** A workflow whose figures may be looked at. */
export interface Choice {
  id: string;
  name: string;
  own: boolean;
  /** How the workspace's installations are called. */
  installed: string[];
}

/** Workflows that the workspace wrote or installed. */
export const choicesQuery = queryOptions({
  queryKey: ['analytics', 'choices'],
  queryFn: async () => {
    const choices = new Map<string, Choice>();
    for (let cursor: string | null | undefined = ''; cursor !== null && cursor !== undefined; ) {
      const page: Awaited<ReturnType<typeof ownPage>> = await ownPage(cursor);
      for (const each of page.data) choices.set(each.id, { id: each.id, name: each.name, own: true, installed: [] });
      cursor = page.next_cursor;
    }
    for (let cursor: string | null | undefined = ''; cursor !== null && cursor !== undefined; ) {
      const page: Awaited<ReturnType<typeof installedPage>> = await installedPage(cursor);
      for (const each of page.data) {
        const known = choices.get(each.workflow_id);
        if (known) known.installed.push(each.name);
        else choices.set(each.workflow_id, { id: each.workflow_id, name: each.workflow, own: false, installed: [each.name] });
      }
      cursor = page.next_cursor;
    }
    return [...choices.values()];
  },
  staleTime: 60_000,
});

const ownPage = (cursor: string) => data(api.GET('/api/developer/workflows', { params: { query: { limit: 200, ...(cursor && { cursor }) } } }));
const installedPage = (cursor: string) => data(api.GET('/api/installations', { params: { query: { limit: 200, ...(cursor && { cursor }) } } }));

/** The workspace's installations of a workflow, to choose one. */
export const installationsOfQuery = (workflow: string) =>
  queryOptions({
    queryKey: ['installations', 'of', workflow],
    queryFn: () => data(api.GET('/api/installations', { params: { query: { workflow_id: workflow, limit: 200 } } })),
    staleTime: 60_000,
  });

/** Versions of an own workflow. */
export const versionsOfQuery = (workflow: string) =>
  queryOptions({
    queryKey: ['developer', 'versions', workflow],
    queryFn: () => data(api.GET('/api/developer/workflows/{id}/versions', { params: { path: { id: workflow } } })),
    staleTime: 60_000,
  });

/** What the API is asked for by what the address says. */
export function asked(search: Search, window: Window) {
  return {
    from: window.from.toISOString(),
    to: window.to.toISOString(),
    ...(search.version !== undefined && { version: search.version }),
    ...(search.installation !== undefined && { installation: search.installation }),
    ...(search.organization !== undefined && { organization: search.organization }),
    ...(search.trigger !== undefined && { trigger_type: search.trigger }),
  };
}

/** The figures, with the window that they are of: it moves on with the clock whenever they are asked anew. */
export const figuresQuery = (workflow: string, { tab: _, ...search }: Search) =>
  queryOptions({
    queryKey: ['analytics', workflow, 'figures', search],
    queryFn: async () => {
      const window = windowOf(search, new Date(), timeZone);
      const figures = await data(api.GET('/api/workflows/{id}/analytics', { params: { path: { id: workflow }, query: { ...asked(search, window), interval: window.interval } } }));
      return { figures, window };
    },
    staleTime: 30_000,
    refetchInterval: 60_000,
    placeholderData: (before) => before,
  });

/** What it cost this month. */
export const costQuery = (workflow: string) =>
  queryOptions({ queryKey: ['metering', workflow], queryFn: () => data(api.GET('/api/workflows/{id}/usage', { params: { path: { id: workflow } } })), staleTime: 60_000 });

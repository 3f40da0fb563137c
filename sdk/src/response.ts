import type { StandardList } from './types/standard.js';

/** A list in the common shape. */
export function buildStandardList<T>(items: T[], metadata: StandardList['metadata'] = {}): StandardList<T> {
  return { type: 'list', items, metadata };
}

/** Where the next page is, read from the members that providers use for it. */
export function extractPaginationMetadata(response: any): { hasMore: boolean; cursor?: string; total?: number } {
  const cursor = response?.next_cursor ?? response?.nextCursor ?? response?.nextPageToken ?? response?.next_page_token
    ?? response?.paging?.next?.after ?? response?.response_metadata?.next_cursor ?? response?.pageInfo?.endCursor ?? response?.offset;
  const more = response?.has_more ?? response?.hasMore ?? response?.pageInfo?.hasNextPage;
  const total = response?.total ?? response?.total_count ?? response?.totalCount ?? response?.total_records;
  const found: { hasMore: boolean; cursor?: string; total?: number } = { hasMore: more ?? Boolean(cursor) };
  if (cursor) {
    found.cursor = String(cursor);
  }
  if (typeof total === 'number') {
    found.total = total;
  }
  return found;
}

/** The rate limit of a response's headers; undefined if they tell none. `reset` is epoch seconds, as providers write it. */
export function extractRateLimitInfo(headers: { get(name: string): string | null }): { remaining: number; reset: number; limit?: number } | undefined {
  const number = (name: string): number | undefined => {
    const text = headers.get(`x-ratelimit-${name}`) ?? headers.get(`x-rate-limit-${name}`) ?? headers.get(`ratelimit-${name}`);
    const value = text === null ? Number.NaN : Number(text);
    return Number.isNaN(value) ? undefined : value;
  };
  const remaining = number('remaining');
  if (remaining === undefined) {
    return undefined;
  }
  return { remaining, reset: number('reset') ?? 0, limit: number('limit') };
}

/** `{ success: true, data, … }` */
export function buildSuccessResponse<T>(data: T, metadata?: Record<string, unknown>): { success: true; data: T; metadata?: Record<string, unknown> } {
  return metadata ? { success: true, data, metadata } : { success: true, data };
}

/** `{ success: false, error, … }` */
export function buildErrorResponse(error: unknown, code?: string): { success: false; error: string; code?: string } {
  const message = error instanceof Error ? error.message : String(error);
  const known = code ?? (error as { code?: unknown } | null | undefined)?.code;
  return typeof known === 'string' ? { success: false, error: message, code: known } : { success: false, error: message };
}

/** What `read` returns; `fallback` when it throws or finds nothing. */
export function safeGet<T>(read: () => T, fallback?: T): T | undefined {
  try {
    return read() ?? fallback;
  } catch {
    return fallback;
  }
}

import { describe, expect, it } from 'vitest';

import type { Schema } from '../../api/types';
import { filterOf, isFiltered, keeps, queryOf, searchOf } from './filters';

const run = (over: Partial<Schema<'RunSummary'>>) => ({ status: 'failed', trigger: 'webhook zoom meeting.ended', error_code: 'WORKFLOW_ERROR', ...over }) as Schema<'RunSummary'>;

describe('filters of runs in the address', () => {
  it('come back from it as they went in', () => {
    const filter = filterOf({ status: 'failed,waiting', installation: 'inst_1', trigger: 'webhook', kind: 'hook', range: '24h', error: '404', parent: 'run_1', until: '2026-01-02T00:00:00Z' });
    expect(filterOf({ ...searchOf(filter) })).toEqual(filter);
    expect(searchOf(filter).status).toBe('waiting,failed');
  });

  it('leave no trace where nothing is filtered', () => {
    expect(searchOf(filterOf({}))).toEqual({});
    expect(isFiltered(filterOf({}))).toBe(false);
    expect(isFiltered(filterOf({ error: 'X' }))).toBe(true);
  });

  it('ignore what is no filter', () => {
    const filter = filterOf({ status: 'broken,failed', kind: 'nothing', range: 'ever', since: 'yesterday', error: 404, trigger: {} });
    expect(searchOf(filter)).toEqual({ status: 'failed', error: '404' });
  });

  it('count a range back from now, unless a beginning is named', () => {
    const now = Date.UTC(2026, 0, 2);
    expect(queryOf(filterOf({ range: '24h' }), now).since).toBe('2026-01-01T00:00:00.000Z');
    expect(queryOf(filterOf({ range: '24h', since: '2025-12-01T00:00:00Z' }), now).since).toBe('2025-12-01T00:00:00Z');
  });

  it('ask the API for one status, and sift several here', () => {
    expect(queryOf(filterOf({ status: 'failed' }), 0).status).toBe('failed');
    const two = filterOf({ status: 'failed,waiting' });
    expect(queryOf(two, 0).status).toBeUndefined();
    expect(keeps(two, run({}))).toBe(true);
    expect(keeps(two, run({ status: 'completed' }))).toBe(false);
  });

  it('know a trigger by its first word', () => {
    expect(keeps(filterOf({ trigger: 'webhook' }), run({}))).toBe(true);
    expect(keeps(filterOf({ trigger: 'manual' }), run({}))).toBe(false);
    expect(keeps(filterOf({ error: 'OTHER' }), run({}))).toBe(false);
  });
});

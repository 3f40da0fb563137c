import { describe, expect, it } from 'vitest';

import { filterOf, instantOf, isFiltered, localText, onlyWorkflow, queryOf, searchOf } from './filters';

describe('filters of runs in the address', () => {
  it('come back from it as they went in', () => {
    const filter = filterOf({ status: 'failed,waiting', workflow: 'wf_1', installation: 'inst_1', trigger: 'webhook', kind: 'hook', range: '24h', error: '404', parent: 'run_1', until: '2026-01-02T00:00:00Z' });
    expect(filterOf({ ...searchOf(filter) })).toEqual(filter);
    expect(searchOf(filter).status).toBe('waiting,failed');
  });

  it('leave no trace where nothing is filtered', () => {
    expect(searchOf(filterOf({}))).toEqual({});
    expect(isFiltered(filterOf({}))).toBe(false);
    expect(isFiltered(filterOf({ error: 'X' }))).toBe(true);
  });

  it('tell the workflow where they name nothing else', () => {
    expect(onlyWorkflow(filterOf({ workflow: 'wf_1' }))).toBe('wf_1');
    expect(onlyWorkflow(filterOf({ workflow: 'wf_1', status: 'failed' }))).toBeUndefined();
    expect(onlyWorkflow(filterOf({}))).toBeUndefined();
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

  it('are all asked of the API', () => {
    const filter = filterOf({ status: 'failed,waiting', workflow: 'wf_1', trigger: 'webhook', error: 'X' });
    expect(queryOf(filter, 0)).toMatchObject({ status: 'waiting,failed', workflow: 'wf_1', trigger: 'webhook', error_code: 'X' });
    expect(queryOf(filterOf({}), 0).status).toBeUndefined();
  });

  it('are instants of the reader’s zone where they are typed', () => {
    expect(localText(instantOf('2026-07-01T10:05')!)).toBe('2026-07-01T10:05');
    // A controlled field that shows another minute than was typed throws the typing away.
    expect(localText(new Date('1890-07-01T10:05').toISOString())).toBe('1890-07-01T10:05');
    for (const typed of ['', '0002-07-01T10:05', '0202-07-01T10:05']) expect(instantOf(typed), typed).toBeUndefined();
  });
});

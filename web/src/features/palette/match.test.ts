import { describe, expect, test } from 'vitest';

import { find, pasted, score } from './match';

const all = ['Workflows', 'My workflows', 'Make an API key', 'API keys', 'Approvals', 'Dark colours'].map((label) => ({ label }));
const labels = (query: string) => find(query, all).map(({ label }) => label);

describe('finding', () => {
  test('nothing asked is everything, in order', () => expect(labels('  ')).toEqual(all.map(({ label }) => label)));
  test('the whole name comes first, then its beginning, then words within', () => {
    expect(labels('workflows')).toEqual(['Workflows', 'My workflows']);
    expect(labels('api key')).toEqual(['API keys', 'Make an API key']);
  });
  test('initials find it', () => expect(labels('mak')).toContain('Make an API key'));
  test('letters that stand anywhere do not', () => expect(labels('wks')).toEqual([]));
  test('what is not there is not found', () => expect(labels('zebra')).toEqual([]));
  test('accents and case do not matter', () => expect(score('KOLN', 'Köln')).toBe(100));
  test('other words find it too, a little later', () => {
    const found = find('secret', [{ label: 'API keys', also: 'secret token' }, { label: 'Secrets' }]);
    expect(found.map(({ label }) => label)).toEqual(['Secrets', 'API keys']);
  });
});

describe('pasted ids', () => {
  const suffix = '01h455vb4pex5vsknk084sn02q';
  test.each([
    [`run_${suffix}`, 'run'],
    [`  inst_${suffix} `, 'installation'],
    [`"wf_${suffix}",`, 'workflow'],
    [`https://flow.example/app/runs/run_${suffix}?tab=logs`, 'run'],
    [`appr_${suffix}`, 'approval'],
    [`Request req_${suffix}`, 'request'],
  ])('%s', (text, kind) => expect(pasted(text)).toEqual({ kind, id: text.match(/[a-z]+_01h455vb4pex5vsknk084sn02q/)![0] }));
  test.each([`run_${suffix.slice(1)}`, `run_${suffix}0`, `xrun_${suffix}`, `run_${suffix.toUpperCase()}`, 'run_', `evt_${suffix}`])('%s is none', (text) => expect(pasted(text)).toBeUndefined());
});

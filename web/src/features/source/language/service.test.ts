import { describe, expect, it } from 'vitest';

import { languageOf } from './service';

const good = `import { defineWorkflow, webhook, sleep } from '@millrace/sdk';
import { greet } from './greet';

export default defineWorkflow({
  name: 'Good',
  integrations: ['slack'],
  inputs: { channel: { type: 'text', required: true }, count: { type: 'number', default: 1 } },
  trigger: webhook({ path: 'orders' }),
  async execute({ inputs, trigger, storage }) {
    await sleep('1h');
    await storage.set(inputs.channel, inputs.count + 1);
    return { success: true, data: greet(trigger.data.name) };
  },
});

export const metadata = {
  id: 'good',
  visibility: 'private' as const,
};
`;
const greet = 'export const greet = (name: string) => `Hello ${name}`;\n';
const files = { 'workflow.ts': good, 'greet.ts': greet };
const at = (text: string, mark: string) => text.indexOf(mark) + mark.length;

describe('the language service', () => {
  it('has nothing to say about a good workflow', () => {
    expect(languageOf(files).remarks()).toEqual([]);
  });

  it('says where a wrong one is wrong, and stops saying so when it is mended', () => {
    const service = languageOf({ ...files, 'workflow.ts': good.replace('inputs.count + 1', 'inputs.cuont + 1') });
    const [remark, ...others] = service.remarks();
    expect(others).toEqual([]);
    expect(remark).toMatchObject({ path: 'workflow.ts', severity: 'error', code: 'TS2551' });
    expect(good.slice(remark!.from, remark!.to)).toBe('count');
    service.tell({ 'workflow.ts': good });
    expect(service.remarks()).toEqual([]);
  });

  it('misses a file that was removed', () => {
    const service = languageOf(files);
    service.tell({ 'greet.ts': null });
    expect(service.remarks().map((each) => each.code)).toEqual(['TS2307']);
  });

  it('knows the names that older workflows import, and no browser', () => {
    const older = "import { defineWorkflow } from '@workwayco/sdk';\nimport { createAIClient } from '@workwayco/sdk/workers-ai';\nvoid [defineWorkflow, createAIClient];\n";
    expect(languageOf({ 'workflow.ts': older }).remarks()).toEqual([]);
    const browser = "fetch('https://example.com');\nwindow.alert('no');\nprocess.exit();\n";
    expect(languageOf({ 'workflow.ts': browser }).remarks().map((each) => browser.slice(each.from, each.to))).toEqual(['window', 'process']);
  });

  it('says only what cannot be read when a file cannot be read', () => {
    const remarks = languageOf({ 'workflow.ts': 'const a: number = "x"\nconst = 1;' }).remarks();
    expect(remarks.length).toBeGreaterThan(0);
    expect(remarks.every((each) => each.code === 'TS1134' || each.code.startsWith('TS1'))).toBe(true);
  });

  it('offers members with their documentation', () => {
    const service = languageOf(files);
    const place = at(good, 'await storage.');
    const found = service.complete('workflow.ts', place);
    expect(found?.start).toBe(place);
    expect(found?.list.map((each) => each.name)).toEqual(expect.arrayContaining(['get', 'set', 'keys']));
    expect(service.describe('workflow.ts', place, 'set', undefined)?.signature).toContain('set');
  });

  it('offers the exports of the SDK and imports them from its one name', () => {
    const text = good.replace("await sleep('1h');", "await sleep('1h');\n    wait");
    const service = languageOf({ ...files, 'workflow.ts': text });
    const place = at(text, '\n    wait');
    const found = service.complete('workflow.ts', place)?.list.filter((each) => each.name === 'waitForEvent');
    expect(found?.map((each) => each.from)).toEqual(['@millrace/sdk']);
    const known = service.describe('workflow.ts', place, 'waitForEvent', '@millrace/sdk');
    expect(known?.documentation).toContain('Waits until an event arrives');
    expect(known?.changes).toHaveLength(1);
    const [change] = known!.changes;
    const changed = text.slice(0, change!.from) + change!.text + text.slice(change!.to);
    expect(changed.split('\n')[0]).toContain('waitForEvent');
  });

  it('tells the type under the pointer', () => {
    const found = languageOf(files).hover('workflow.ts', good.indexOf('sleep('));
    expect(found?.signature).toContain('sleep(delay: Delay): Promise<void>');
    expect(found?.documentation).toContain('Waits.');
  });

  it.each([
    ['trigger.path', 'path'],
    ['triggers.0', 'trigger'],
    ['integrations.0', "'slack'"],
    ['inputs.channel.type', 'type'],
    ['inputs.channel.default', 'channel'],
    ['execute', 'execute'],
    ['metadata.id', 'id'],
    ['visibility', 'visibility'],
  ])('finds %s of the definition', (name, word) => {
    const found = languageOf(files).locate('workflow.ts', name);
    expect(good.slice(found!.from, found!.to)).toBe(word);
  });

  it('finds nothing of what is not written', () => {
    expect(languageOf(files).locate('workflow.ts', 'onError')).toBeNull();
  });
});

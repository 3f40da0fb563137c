import { describe, expect, it } from 'vitest';

import { adviceOf, excerpt, framesOf } from './stack';

describe('a stack', () => {
  it('tells the author’s frames from those of the engine', () => {
    const frames = framesOf('Error: invoice in_2 has no total (really:1:2)\n    at cents (src/workflow.ts:9:40)\n    at workflow.ts:20:14\n    at sleep (@millrace/sdk/durable.ts:3:1)\n    at ask (native)\n    at <anonymous> (lib/a b.ts:1:2)');
    expect(frames).toEqual([
      { name: 'cents', file: 'src/workflow.ts', line: 9, column: 40, own: true },
      { name: '', file: 'workflow.ts', line: 20, column: 14, own: true },
      { name: 'sleep', file: '@millrace/sdk/durable.ts', line: 3, column: 1, own: false },
    ]);
  });

  it('is read in a time that grows with its length only', () => {
    const began = performance.now();
    framesOf(`at ${' ('.repeat(20_000)}`);
    framesOf(`    at ${'a'.repeat(50_000)}`);
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

it('shows lines around a place, also at the edges', () => {
  const source = Array.from({ length: 12 }, (_, n) => `line ${n + 1}`).join('\r\n');
  expect(excerpt(source, 1)).toEqual([1, 2, 3, 4, 5].map((number) => ({ number, text: `line ${number}` })));
  expect(excerpt(source, 12).map(({ number }) => number)).toEqual([8, 9, 10, 11, 12]);
});

it('advises by the code', () => {
  expect(adviceOf('WORKFLOW_ERROR')).toBe('workflow');
  expect(adviceOf('CALL_LIMIT')).toBe('limit');
  expect(adviceOf('auth_expired')).toBe('auth');
  expect(adviceOf('INSTALLATION_GONE')).toBe('config');
  expect(adviceOf('SANDBOX_CRASHED')).toBe('platform');
});

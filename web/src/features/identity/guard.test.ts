import { expect, test } from 'vitest';

import { safeReturn } from './guard';

test('a way back leads into this app only', () => {
  for (const good of ['/app', '/app/runs/run_1?tab=logs#x', '/workflows/private/wf_1/configure', '/install?code=A']) expect(safeReturn(good)).toBe(good);
  for (const bad of ['//evil.example', 'https://evil.example/app', '/apple', '/app\\..\\x', '/api/docs', 7, undefined, '/\t/evil.example']) expect(safeReturn(bad)).toBe('/app');
});

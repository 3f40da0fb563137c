import { expect, test } from 'vitest';

import { failuresOf } from './failures';

const run = (id: string, installation_id: string, error_code: string | null, created_at: string) =>
  ({ id, installation_id, error_code, created_at, status: 'failed', kind: 'trigger', version_id: 'ver_1', trigger: 'webhook', attempt: 1 }) as Parameters<typeof failuresOf>[0][number];

test('failures are told by installation and error, the most frequent first, each with its latest run', () => {
  const found = failuresOf([
    run('run_1', 'inst_a', 'TIMEOUT', '2026-01-01T00:00:00Z'),
    run('run_2', 'inst_b', 'TIMEOUT', '2026-01-02T00:00:00Z'),
    run('run_4', 'inst_a', 'TIMEOUT', '2026-01-04T00:00:00Z'),
    run('run_3', 'inst_a', 'TIMEOUT', '2026-01-03T00:00:00Z'),
    run('run_5', 'inst_a', null, '2026-01-05T00:00:00Z'),
  ]);
  expect(found.map(({ installation, code, count, run }) => [installation, code, count, run])).toEqual([
    ['inst_a', 'TIMEOUT', 3, 'run_4'],
    ['inst_a', 'UNKNOWN', 1, 'run_5'],
    ['inst_b', 'TIMEOUT', 1, 'run_2'],
  ]);
});

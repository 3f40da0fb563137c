import { describe, expect, it } from 'vitest';

import { lineOf, offset, placed, placeOf } from './findings';

const text = "import { x } from 'y';\nconst ü = '🙂'; bad();\n";
const files = { 'workflow.ts': text, 'lib/a:b.ts': 'one\ntwo' };
const nowhere = () => Promise.resolve(null);

describe('places of findings', () => {
  it('counts lines and UTF-16 units from 1', () => {
    const from = text.indexOf('bad');
    expect(placeOf('workflow.ts:2:17', files)).toEqual({ path: 'workflow.ts', from, to: from });
    expect(lineOf(text, from)).toEqual({ line: 2, column: 17 });
    expect(lineOf(text, 0)).toEqual({ line: 1, column: 1 });
  });

  it('takes the line without a column, the file without a line, and names with a colon', () => {
    expect(placeOf('workflow.ts:2', files)?.from).toBe(text.indexOf('const'));
    expect(placeOf('workflow.ts', files)).toEqual({ path: 'workflow.ts', from: 0, to: 0 });
    expect(placeOf('lib/a:b.ts:2:1', files)).toEqual({ path: 'lib/a:b.ts', from: 4, to: 4 });
  });

  it('stays within the line and the text', () => {
    expect(offset(text, 1, 999)).toBe(text.indexOf('\n'));
    expect(offset(text, 99, 1)).toBe(text.length);
    expect(offset(text, 1, 0)).toBe(0);
  });

  it('is no place where there is no such file', () => {
    expect(placeOf('gone.ts:1:1', files)).toBeUndefined();
    expect(placeOf('trigger.cron', files)).toBeUndefined();
    expect(placeOf('toString:1:1', files)).toBeUndefined();
  });

  it('asks where a member of the definition stands', async () => {
    const asked: string[] = [];
    const locate = (path: string, member: string) => {
      asked.push(`${path} ${member}`);
      return Promise.resolve({ from: 7, to: 12 });
    };
    const [remark] = await placed([{ field: 'trigger.cron', code: 'INVALID_CRON', message: 'no', suggestion: 'do' }], files, 'workflow.ts', 'error', locate);
    expect(asked).toEqual(['workflow.ts trigger.cron']);
    expect(remark).toEqual({ path: 'workflow.ts', from: 7, to: 12, severity: 'error', code: 'INVALID_CRON', message: 'no', advice: 'do' });
  });

  it('loses nothing that has no place', async () => {
    const findings = [
      { field: 'version', code: 'INVALID', message: 'is missing' },
      { field: '', code: 'FILE_NOT_FOUND', message: 'There is no workflow here.' },
    ];
    const remarks = await placed(findings, files, 'workflow.ts', 'warning', nowhere);
    expect(remarks.map((each) => [each.path, each.from, each.message])).toEqual([
      ['workflow.ts', 0, 'version: is missing'],
      ['workflow.ts', 0, 'There is no workflow here.'],
    ]);
    const failing = await placed(findings.slice(0, 1), files, 'workflow.ts', 'error', () => Promise.reject(new Error('gone')));
    expect(failing[0]?.path).toBe('workflow.ts');
  });
});

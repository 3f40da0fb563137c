import { expect, test } from 'vitest';

import { Problem } from '../../api/problem';
import { codeRefusal, tidyCode } from './redeem';

test('a refused code is explained by its own word', () => {
  const problem = (code: string) => new Problem({ status: 410, code, title: 't', detail: 'd' });
  expect([codeRefusal(problem('CODE_EXPIRED')), codeRefusal(problem('CODE_EXHAUSTED')), codeRefusal(problem('CODE_AMBIGUOUS')), codeRefusal(new Error('x'))]).toEqual(['CODE_EXPIRED', 'CODE_EXHAUSTED', undefined, undefined]);
});

test('a code may be typed as it is read out', () => {
  expect(tidyCode('  premium 2024 ')).toBe('PREMIUM2024');
});

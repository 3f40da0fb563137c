import { expect, it } from 'vitest';

import { withVersion } from './version';

it('writes another version at its place and nowhere else', () => {
  const text = "const version = '9';\nexport default defineWorkflow({ version: '1.0.0', name: \"version: '1.0.0'\" });\n";
  expect(withVersion(text, text.indexOf("version: '1.0.0', "), '1.0.1')).toBe(text.replace("version: '1.0.0', ", "version: '1.0.1', "));
});

it('keeps the way it is written', () => {
  expect(withVersion('"version" :  "1.0.0",', 0, '2.0.0')).toBe('"version" :  "2.0.0",');
});

it('leaves alone what is no plain text', () => {
  for (const text of ['version: VERSION,', 'version: `1.${minor}.0`', 'version,', "version: 'a\nb'"]) expect(withVersion(text, 0, '2.0.0')).toBeUndefined();
});

import { readdirSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { expect, test } from 'vitest';

/** What every feature may know: who is here, and the editor. */
const open = ['identity', 'source'];

test('features do not know each other: routes put them together', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((name) => /\/.*\.tsx?$/.test(name));
  expect(files.length).toBeGreaterThan(200);
  const strangers = files.flatMap((name) => {
    const own = name.split('/')[0]!;
    const text = readFileSync(join(import.meta.dirname, name), 'utf8');
    return [...text.matchAll(/(?:from|import\()\s*'(\.[^']*)'/g)]
      .map((found) => normalize(join(name, '..', found[1]!)).split('/')[0]!)
      .filter((feature) => feature !== '..' && feature !== own && !open.includes(feature))
      .map((feature) => `${name} knows ${feature}`);
  });
  expect(strangers).toEqual([]);
});

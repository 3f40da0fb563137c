import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

import { first, partsOf } from './parts';

const src = join(import.meta.dirname, '..');
const routes = join(src, 'routes');

/** What a file imports of ours, at once or when it is needed. */
function imports(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const named = [...text.matchAll(/(?:from|import\()\s*'(\.[^']*)'/g)].map((found) => join(dirname(file), found[1]!));
  return named.flatMap((path) => [path, `${path}.ts`, `${path}.tsx`, join(path, 'index.ts'), join(path, 'index.tsx')].filter((each) => /\.tsx?$/.test(each) && existsSync(each)).slice(0, 1));
}

/** Every part whose words a page can say, with all that it draws. */
function spoken(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return new Set();
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  const own = [...text.matchAll(/useTranslations\('(\w+)/g)].map((found) => found[1]!);
  return new Set([...own, ...imports(file).flatMap((each) => [...spoken(each, seen)])]);
}

/** `src/routes/_in/app/runs/$id.tsx` → `/app/runs/x`. */
function address(file: string): string {
  const path = relative(routes, file).replace(/\.tsx$/, '').replace(/(^|\/)(_in|_out)(?=\/)/g, '').replaceAll('.', '/').replaceAll('_/', '/').replaceAll(/\$\w+/g, 'x').replace(/\/index$/, '');
  return `/${path}`.replaceAll('//', '/');
}

test('no page opens before its words are there', () => {
  const pages = readdirSync(routes, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tsx') && !/(^|\/)(__root|route)\.tsx$/.test(name));
  const missing = pages.flatMap((name) => {
    const at = address(join(routes, name));
    const there = new Set<string>([...first, ...partsOf(at)]);
    return [...spoken(join(routes, name))].filter((part) => !there.has(part)).map((part) => `${at} says ${part}`);
  });
  expect(missing).toEqual([]);
});

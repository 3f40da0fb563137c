// Writes millrace.d.ts: all that an editor needs to know, in one file that `millrace init` puts into a project. It declares the modules
// that workflows may import and the globals of the sandbox, so that a project type-checks without anything installed.
// Usage: npm run types (after a build); a test compares the file with what this makes.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const { exports: entries } = JSON.parse(readFileSync(path('package.json'), 'utf8'));

/** What else the same module may be called. */
const ALIASES = {
  '@millrace/sdk': ['@workwayco/sdk', '@workway/sdk'],
  '@millrace/sdk/integrations': ['@millrace/integrations', '@workwayco/integrations'],
};

/** `dist/index.d.ts` is `@millrace/sdk`, `dist/types/context.d.ts` is `@millrace/sdk/types/context`. */
const moduleOf = (file) => posix.join('@millrace/sdk', file.replace(/(?:^|\/)index$/, '')).replace(/\/$/, '');

const declare = (file, text) => {
  const near = (specifier) => moduleOf(posix.join(posix.dirname(file), specifier).replace(/\.js$/, ''));
  const body = text
    .replace(/^\/\/# sourceMappingURL.*\n?/gm, '')
    .replace(/^(export )?declare /gm, '$1')
    .replace(/(\bfrom |\bimport\(|^import )(['"])(\.{1,2}\/[^'"]+)\2/gm, (_, before, quote, specifier) => `${before}${quote}${near(specifier)}${quote}`);
  return `declare module '${moduleOf(file)}' {\n${body.trimEnd().replace(/^(?=.)/gm, '  ')}\n}\n`;
};

export const make = () => {
  const files = readdirSync(path('dist'), { recursive: true }).map((name) => name.replaceAll('\\', '/')).filter((name) => name.endsWith('.d.ts')).sort();
  const modules = files.map((name) => declare(name.slice(0, -'.d.ts'.length), readFileSync(path(`dist/${name}`), 'utf8')));
  const subPaths = Object.keys(entries).filter((name) => /^\.\/[a-z-]+$/.test(name) && name !== './globals').map((name) => name.slice(2));
  const aliases = Object.entries(ALIASES).flatMap(([name, others]) => [
    ...others.map((other) => [other, name]),
    ...(name === '@millrace/sdk' ? others.flatMap((other) => subPaths.map((sub) => [`${other}/${sub}`, `${name}/${sub}`])) : []),
  ]);
  return [
    '// What a workflow may import, and the globals it has. Written by `millrace init`, kept current by `millrace dev`; not uploaded.\n',
    readFileSync(path('globals.d.ts'), 'utf8').replace(/^\/\*\*[\s\S]*?\*\/\n/, ''),
    ...modules,
    ...aliases.map(([other, name]) => `declare module '${other}' {\n  export * from '${name}';\n}\n`),
  ].join('\n');
};

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(path('millrace.d.ts'), make());

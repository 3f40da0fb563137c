// `millrace.d.ts`, which projects get, says what the sources say, and types follow from definitions there as they do here.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';

import { make } from '../types.mjs';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

test('the file is current', () => {
  assert.ok(make() === readFileSync(path('../millrace.d.ts'), 'utf8'), 'run `npm run types`');
});

test('it is enough for a project with nothing installed', () => {
  // The tests of type inference, as a project's own file would have them.
  const inference = readFileSync(path('types/inference.ts'), 'utf8').replaceAll(/'\.\.\/\.\.\/src\/index\.js'/g, "'@millrace/sdk'");
  assert.ok(inference.includes("'@millrace/sdk'"));
  const aliases = ['@workwayco/sdk', '@workway/sdk', '@workwayco/sdk/workers-ai', '@millrace/sdk/testing', '@millrace/integrations', '@workwayco/integrations'];
  const sources = new Map([
    ['/project/inference.ts', inference],
    ['/project/aliases.ts', aliases.map((name, index) => `import * as m${index} from '${name}'; void m${index};`).join('\n')],
  ]);
  const options = { target: ts.ScriptTarget.ES2022, lib: ['lib.es2023.d.ts'], types: [], module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, strict: true, noEmit: true };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (name) => sources.has(name) || fileExists(name);
  host.readFile = (name) => sources.get(name) ?? readFile(name);
  host.getSourceFile = (name, ...rest) => (sources.has(name) ? ts.createSourceFile(name, sources.get(name), rest[0]) : getSourceFile(name, ...rest));
  const program = ts.createProgram([...sources.keys(), path('../millrace.d.ts')], options, host);
  const found = ts.getPreEmitDiagnostics(program).map((d) => `${d.file?.fileName}:${d.start} ${ts.flattenDiagnosticMessageText(d.messageText, '\n')}`);
  assert.deepEqual(found, []);
});

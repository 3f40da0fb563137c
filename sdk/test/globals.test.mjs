// The types of globals are exactly what the sandbox offers, which `globals.json` lists; the sandbox's own tests write and check it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const sandbox = JSON.parse(readFileSync(path('../globals.json'), 'utf8'));

// What the compiler's own library declares and the sandbox does not have (DESIGN: every road to the parser and to other threads is closed),
// and what the engine has beyond the library's version.
const ABSENT = ['Atomics', 'FinalizationRegistry', 'SharedArrayBuffer', 'WeakRef', 'eval'];
const NEWER = ['AsyncDisposableStack', 'DisposableStack', 'Float16Array', 'Iterator', 'SuppressedError'];

const program = ts.createProgram([path('../globals.d.ts')], { target: ts.ScriptTarget.ES2022, lib: ['lib.es2023.d.ts'], types: [], strict: true });
const checker = program.getTypeChecker();
const file = program.getSourceFile(path('../globals.d.ts'));
const isOurs = (symbol) => (symbol.declarations ?? []).some((declaration) => declaration.getSourceFile() === file);

const values = new Map(
  checker
    .getSymbolsInScope(file, ts.SymbolFlags.Value)
    .filter((symbol) => !['arguments', 'undefined', 'globalThis'].includes(symbol.name))
    .map((symbol) => [symbol.name, symbol]),
);
// What begins with two underscores is a symbol, which lists of names do not have.
const names = (type) => checker.getPropertiesOfType(type).filter((p) => isOurs(p) && !p.name.startsWith('__') && p.name !== 'prototype').map((p) => p.name).sort();

test('the same names', () => {
  const typed = [...values.keys(), 'globalThis', 'undefined'].filter((name) => !ABSENT.includes(name)).sort();
  const there = Object.keys(sandbox).filter((name) => !NEWER.includes(name)).sort();
  assert.deepEqual(typed, there);
  for (const name of ABSENT) assert.ok(!(name in sandbox), `${name} is there after all`);
});

test('what is not of the language has the same members', () => {
  for (const [name, symbol] of values) {
    if (!isOurs(symbol)) {
      assert.equal(sandbox[name] ?? null, null, `${name} has no type here`);
      continue;
    }
    const own = checker.getTypeOfSymbolAtLocation(symbol, file);
    const isClass = (symbol.flags & ts.SymbolFlags.Class) !== 0;
    const isFunction = (symbol.flags & ts.SymbolFlags.Function) !== 0;
    const typed = isClass
      ? { members: names(checker.getDeclaredTypeOfSymbol(symbol)), statics: names(own) }
      : isFunction
        ? { members: [], statics: [] }
        : { members: names(own) };
    assert.deepEqual(typed, sandbox[name], name);
  }
});

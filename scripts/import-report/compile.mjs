// Type-checks every generated file of types with its user, strictly, one program per document; the libraries are read once.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [work, list] = process.argv.slice(2);
const ts = createRequire(join(work, 'package.json'))('typescript');
const options = {
  strict: true, noEmit: true, target: ts.ScriptTarget.ES2022, lib: ['lib.es2023.d.ts'], module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler, allowImportingTsExtensions: true, skipLibCheck: false, types: [],
};
const globals = join(work, 'node_modules/@millrace/sdk/globals.d.ts');
const host = ts.createCompilerHost(options);
const read = host.getSourceFile.bind(host);
const kept = new Map();
host.getSourceFile = (file, ...rest) => {
  if (!file.includes('node_modules')) return read(file, ...rest);
  if (!kept.has(file)) kept.set(file, read(file, ...rest));
  return kept.get(file);
};
for (const line of readFileSync(list, 'utf8').split('\n').filter(Boolean)) {
  const service = line.split('\t')[0];
  const dir = join(work, 'out', service);
  if (!existsSync(join(dir, 'user.ts'))) continue;
  const begun = Date.now();
  const program = ts.createProgram([globals, join(dir, `${service}.d.ts`), join(dir, 'user.ts')], options, host);
  const found = ts.getPreEmitDiagnostics(program);
  const errors = found.slice(0, 5).map((d) => `${d.file?.fileName.split('/').pop()}:${d.file ? d.file.getLineAndCharacterOfPosition(d.start).line + 1 : 0} TS${d.code} ${ts.flattenDiagnosticMessageText(d.messageText, ' ').slice(0, 300)}`);
  const own = found.filter((d) => d.file?.fileName.endsWith('.d.ts')).length;
  appendFileSync(join(work, 'compiled.jsonl'), JSON.stringify({ service, errors: found.length, in_types: own, first: errors, compile_ms: Date.now() - begun }) + '\n');
}

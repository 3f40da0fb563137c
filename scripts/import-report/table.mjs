// The report's figures from what was imported and compiled, as Markdown.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [work] = process.argv.slice(2);
const lines = (name) => readFileSync(join(work, name), 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
const compiled = new Map(lines('compiled.jsonl').map((one) => [one.service, one]));
const documents = lines('imported.jsonl').map((one) => ({ ...one, ...compiled.get(one.service) }));
const imported = documents.filter((one) => one.error === undefined);
const sum = (name, list = imported) => list.reduce((total, one) => total + (one[name] ?? 0), 0);
const share = (part, whole) => `${part.toLocaleString('en')} of ${whole.toLocaleString('en')} (${((100 * part) / whole).toFixed(1)} %)`;
const tally = (name) => {
  const out = {};
  for (const one of imported) for (const [key, n] of Object.entries(one[name])) out[key] = (out[key] ?? 0) + n;
  return Object.entries(out).sort((a, b) => b[1] - a[1]);
};
const operations = sum('operations');
const compiling = imported.filter((one) => one.errors === 0);
const passing = imported.filter((one) => one.wrong === 0 && one.without_fixture === 0);
const slowest = [...documents].sort((a, b) => b.ms - a.ms)[0];
const rows = [
  ['documents', documents.length],
  ['documents imported', share(imported.length, documents.length)],
  ['operations in them', operations.toLocaleString('en')],
  ['operations imported', share(sum('imported'), operations)],
  ['documents whose types and user compile (`tsc --strict`)', share(compiling.length, imported.length)],
  ['documents whose types alone compile', share(imported.filter((one) => one.in_types === 0).length, imported.length)],
  ['documents whose contract tests all pass', share(passing.length, imported.length)],
  ['contract tests that pass', share(sum('fixtures') - sum('wrong'), sum('fixtures'))],
  ['operations that give lists', sum('lists').toLocaleString('en')],
  ['operations whose pages can be turned', `${sum('pages_total') || tally('pagination').reduce((n, [, m]) => n + m, 0)}: ${tally('pagination').map(([k, n]) => `${k} ${n}`).join(', ')}`],
  ['named types', sum('types').toLocaleString('en')],
  ['documents without a server (imported with `--base-url`)', imported.filter((one) => one.without_server).length],
  ['slowest import', `${slowest.service}, ${(slowest.ms / 1000).toFixed(1)} s for ${(slowest.bytes / 1e6).toFixed(1)} MB`],
];
console.log('| what | figure |\n|---|---:|');
for (const [name, figure] of rows) console.log(`| ${name} | ${figure} |`);
console.log('\n| skipped because of | operations |\n|---|---:|');
for (const [kind, n] of tally('skipped')) console.log(`| ${kind} | ${n} |`);
console.log('\n| document | operations | imported | compiles | contract tests | seconds |\n|---|---:|---:|---|---:|---:|');
for (const one of [...documents].sort((a, b) => (b.operations ?? 0) - (a.operations ?? 0))) {
  if (one.error !== undefined) console.log(`| ${one.service} | | 0 | ${one.error} | | ${(one.ms / 1000).toFixed(1)} |`);
  else console.log(`| ${one.service} | ${one.operations} | ${one.imported} | ${one.errors === 0 ? 'yes' : `no (${one.errors})`} | ${one.fixtures - one.wrong}/${one.fixtures} | ${(one.ms / 1000).toFixed(1)} |`);
}

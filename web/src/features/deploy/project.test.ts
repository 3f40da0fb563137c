import { describe, expect, it } from 'vitest';

import { entryOf, MODULES, nameFault, ordered, projectFault, renamed, same, SOURCE_BYTES, withFile, without } from './project';

const files = (...paths: string[]) => Object.fromEntries(paths.map((path) => [path, '']));

describe('names of files', () => {
  it.each([
    ['', 'empty'], ['workflow.ts', 'taken'], ['notes.md', 'ending'], ['/a.ts', 'absolute'], ['a\\b.ts', 'absolute'], ['../a.ts', 'segments'], ['a//b.ts', 'segments'], ['./a.ts', 'segments'],
    ['@millrace/sdk.ts', 'reserved'], ['a\u0007.ts', 'control'], [`${'ü'.repeat(511)}.ts`, 'long'],
    ['lib/text.ts', undefined], ['package.json', undefined], ['ü.mts', undefined],
  ])('%j: %s', (name, fault) => {
    expect(nameFault(files('workflow.ts'), name)).toBe(fault);
  });

  it('lets a file keep its own name', () => {
    expect(nameFault(files('workflow.ts'), 'workflow.ts', 'workflow.ts')).toBeUndefined();
  });

  it('is not misled by names that every object has', () => {
    expect(nameFault({}, 'constructor.ts')).toBeUndefined();
    expect(entryOf({ files: files('a.ts'), entry: 'constructor' })).toBeUndefined();
  });
});

describe('the entry', () => {
  const entry = (paths: string[], stated?: object) => entryOf({ files: { ...files(...paths), ...(stated ? { 'package.json': JSON.stringify(stated) } : {}) } });

  it('is what package.json says, without its ending too', () => {
    expect(entry(['workflow.ts', 'flows/main.ts'], { millrace: { entry: './flows/main' } })).toBe('flows/main.ts');
    expect(entry(['workflow.ts', 'main.ts'], { main: 'main.js' })).toBe('main.ts');
    expect(entry(['workflow.ts'], { main: 'dist/main.js' })).toBe('workflow.ts');
    expect(entry(['workflow.ts'], { millrace: { entry: 'gone.ts' } })).toBeUndefined();
  });

  it('is the usual one, else the only one', () => {
    expect(entry(['index.ts', 'src/workflow.ts'])).toBe('src/workflow.ts');
    expect(entry(['invoice.ts', 'millrace.config.ts', 'types.d.ts', 'invoice.test.ts', 'lib/a.ts'])).toBe('invoice.ts');
    expect(entry(['a.ts', 'b.ts'])).toBeUndefined();
    expect(entry([])).toBeUndefined();
  });

  it('survives a package.json that is being written', () => {
    expect(entryOf({ files: { 'workflow.ts': '', 'package.json': '{"millrace": ' } })).toBe('workflow.ts');
    expect(entryOf({ files: { 'workflow.ts': '', 'package.json': 'null' } })).toBe('workflow.ts');
  });

  it('goes with the file that is renamed and stands first', () => {
    const project = { files: files('a.ts', 'workflow.ts', 'b.ts'), entry: 'b.ts' };
    expect(renamed(project, 'b.ts', 'c.ts')).toEqual({ files: files('a.ts', 'workflow.ts', 'c.ts'), entry: 'c.ts' });
    expect(without(project, 'b.ts').entry).toBeUndefined();
    expect(ordered(project)).toEqual(['b.ts', 'a.ts', 'workflow.ts']);
  });
});

describe('a project', () => {
  it('is refused for what the server would refuse', () => {
    expect(projectFault({ files: files('a.ts', 'b.ts') })).toBe('no-entry');
    expect(projectFault({ files: files('workflow.ts') })).toBeUndefined();
    expect(projectFault({ files: { 'workflow.ts': 'ü'.repeat(SOURCE_BYTES / 2 + 1) } })).toBe('too-large');
    expect(projectFault({ files: files(...Array.from({ length: MODULES + 1 }, (_, index) => `${index}.ts`)) })).toBe('too-many');
  });

  it('is the same while nothing but the order differs', () => {
    const project = { files: files('workflow.ts', 'a.ts') };
    expect(same(project, { files: files('a.ts', 'workflow.ts') })).toBe(true);
    expect(same(project, withFile(project, 'a.ts', 'x'))).toBe(false);
    expect(same(project, { ...project, entry: 'a.ts' })).toBe(false);
    expect(same(project, { ...project, entry: 'workflow.ts' })).toBe(true);
  });
});

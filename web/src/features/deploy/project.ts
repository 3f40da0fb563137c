import type { Files } from '../source';

/** Source files that are being written. */
export interface Project {
  files: Files;
  /** The workflow's file when it was named; otherwise it is found as the server finds it. */
  entry?: string | undefined;
}

/** Bytes of source that the server takes for one workflow. */
export const SOURCE_BYTES = 10_000_000;
/** Modules that the server takes for one workflow. */
export const MODULES = 1_000;
/** Bytes of a path. */
const PATH_BYTES = 1_024;

/** What is written in an editor: code, and `package.json`. */
const written = /\.(?:[cm]?[jt]s|[jt]sx|json)$/;

const bytes = (text: string) => new TextEncoder().encode(text).length;

/** Why a file cannot have a name; undefined when it can. `is` says which file asks, when it has a name already. */
export type NameFault = 'empty' | 'taken' | 'ending' | 'absolute' | 'segments' | 'reserved' | 'control' | 'long';

export function nameFault(files: Files, name: string, is?: string): NameFault | undefined {
  if (name === '') return 'empty';
  if (bytes(name) > PATH_BYTES) return 'long';
  if (name.startsWith('/') || name.includes('\\')) return 'absolute';
  if (/\p{Cc}/u.test(name)) return 'control';
  if (name.startsWith('@millrace/')) return 'reserved';
  if (name.split('/').some((part) => part === '' || part === '.' || part === '..')) return 'segments';
  if (!written.test(name)) return 'ending';
  return name !== is && Object.hasOwn(files, name) ? 'taken' : undefined;
}

export function withFile(project: Project, path: string, text: string): Project {
  return { ...project, files: { ...project.files, [path]: text } };
}

/** A file under another name, in the same place among the others. */
export function renamed(project: Project, from: string, to: string): Project {
  const files = Object.fromEntries(Object.entries(project.files).map(([path, text]) => [path === from ? to : path, text]));
  return { files, entry: project.entry === from ? to : project.entry };
}

export function without(project: Project, path: string): Project {
  const { [path]: _, ...files } = project.files;
  return { files, entry: project.entry === path ? undefined : project.entry };
}

/** The conventional names, in the server's order. */
const usual = ['workflow.ts', 'src/workflow.ts', 'index.ts', 'src/index.ts'];

/** The workflow's file, as the server finds it: the one named, the one that `package.json` names, a usual one, the only one there is. */
export function entryOf({ files, entry }: Project): string | undefined {
  if (entry !== undefined) return Object.hasOwn(files, entry) ? entry : undefined;
  const stated = packaged(files['package.json']);
  if (stated.entry !== undefined) return resolved(files, stated.entry);
  const main = stated.main === undefined ? undefined : resolved(files, stated.main);
  if (main !== undefined) return main;
  const known = usual.find((path) => Object.hasOwn(files, path));
  if (known !== undefined) return known;
  for (const folder of ['src/', '']) {
    const there = Object.keys(files).filter((path) => candidate(path, folder));
    if (there.length > 0) return there.length === 1 ? there[0] : undefined;
  }
  return undefined;
}

function candidate(path: string, folder: string): boolean {
  const name = path.slice(folder.length);
  return path.startsWith(folder) && !name.includes('/') && name.endsWith('.ts') && !/\.(?:d|test|spec|config)\.ts$/.test(name);
}

function packaged(text: string | undefined): { entry?: string | undefined; main?: string | undefined } {
  try {
    const stated: unknown = JSON.parse(text ?? '{}');
    const { millrace, main, 'millrace.entry': flat } = stated as { millrace?: { entry?: unknown }; main?: unknown; 'millrace.entry'?: unknown };
    const word = (value: unknown) => (typeof value === 'string' ? value : undefined);
    return { entry: word(millrace?.entry) ?? word(flat), main: word(main) };
  } catch {
    return {};
  }
}

/** The file that a path means which may lack its ending or name what is built of it. */
function resolved(files: Files, name: string): string | undefined {
  const path = name.replace(/^(?:\.\/)+/, '');
  const stem = path.replace(/\.[cm]?js$/, '');
  return [path.replace(/\.([cm]?)js$/, '.$1ts'), path, ...['.ts', '.tsx', '.mts', '.js', '.mjs', '.jsx'].map((ending) => stem + ending), `${path}/index.ts`, `${path}/index.js`].find((each) => Object.hasOwn(files, each));
}

/** Why the server would refuse the files before it reads them. */
export type ProjectFault = 'no-entry' | 'too-large' | 'too-many';

export function projectFault(project: Project): ProjectFault | undefined {
  const texts = Object.values(project.files);
  if (texts.length > MODULES) return 'too-many';
  if (texts.reduce((all, text) => all + bytes(text), 0) > SOURCE_BYTES) return 'too-large';
  return entryOf(project) === undefined ? 'no-entry' : undefined;
}

/** Whether two projects would deploy the same. */
export function same(a: Project, b: Project): boolean {
  const [left, right] = [Object.entries(a.files), Object.entries(b.files)];
  return entryOf(a) === entryOf(b) && left.length === right.length && left.every(([path, text]) => b.files[path] === text);
}

/** The workflow's file first, then by name. */
export function ordered(project: Project): string[] {
  const entry = entryOf(project);
  return Object.keys(project.files).sort((a, b) => Number(b === entry) - Number(a === entry) || a.localeCompare(b));
}

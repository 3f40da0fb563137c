import ts from 'typescript';

import { libraries, settings, types } from './libraries';
import { member } from './member';
import type { Candidates, Change, Files, Hover, Knowledge, Remark, Severity } from './protocol';

const PROJECT = '/project/';
const LIBRARIES = '/libraries/';
const TYPES = '/millrace.d.ts';

/** Candidates that are sent to the editor at most: it filters while one types and asks again after the next word. */
const CANDIDATES = 1_000;

const preferences: ts.UserPreferences = {
  includeCompletionsForModuleExports: true,
  includeCompletionsWithInsertText: true,
  quotePreference: 'single',
  // The SDK has one name that new code should use; its inner modules and older names are not offered.
  autoImportSpecifierExcludeRegexes: ['^@workway', '^@millrace/(?!sdk$)'],
};

/** The kinds of files that have types. */
const typed = /\.(?:[cm]?[jt]s|[jt]sx)$/;

/** The TypeScript language service over a project that exists in memory only, with the settings that `millrace init` writes. */
export class LanguageService {
  private readonly files = new Map<string, { text: string; version: number }>();
  private readonly service: ts.LanguageService;
  private version = 0;

  constructor() {
    const { compilerOptions } = ts.parseConfigFileTextToJson('tsconfig.json', settings).config as { compilerOptions: unknown };
    const { options } = ts.convertCompilerOptionsFromJson(compilerOptions, '/');
    // What the server bundles and a project's settings leave to the author.
    const all: ts.CompilerOptions = { ...options, allowJs: true, allowImportingTsExtensions: true, allowNonTsExtensions: true };
    const read = (path: string) => {
      if (path === TYPES) return types;
      return path.startsWith(LIBRARIES) ? libraries.get(path.slice(LIBRARIES.length)) : this.files.get(path)?.text;
    };
    const exists = (path: string) => read(path) !== undefined;
    this.service = ts.createLanguageService(
      {
        getCompilationSettings: () => all,
        getScriptFileNames: () => [TYPES, ...[...this.files.keys()].filter((path) => typed.test(path))],
        getScriptVersion: (path) => String(this.files.get(path)?.version ?? 0),
        getScriptSnapshot: (path) => {
          const text = read(path);
          return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
        },
        getProjectVersion: () => String(this.version),
        getCurrentDirectory: () => PROJECT,
        getDefaultLibFileName: (given) => LIBRARIES + ts.getDefaultLibFileName(given),
        fileExists: exists,
        readFile: read,
        directoryExists: (path) => path === '/' || [...this.files.keys()].some((file) => file.startsWith(`${path.replace(/\/$/, '')}/`)),
        getDirectories: () => [],
        useCaseSensitiveFileNames: () => true,
      },
      ts.createDocumentRegistry(true, PROJECT),
    );
  }

  /** Takes over what changed; null removes a file. */
  tell(files: Record<string, string | null>) {
    for (const [path, text] of Object.entries(files)) {
      const full = PROJECT + path;
      if (text === null ? !this.files.delete(full) : this.files.get(full)?.text === text) continue;
      this.version += 1;
      if (text !== null) this.files.set(full, { text, version: this.version });
    }
  }

  /** Reads the libraries before there is anything to check. */
  warm() {
    this.service.getProgram()?.getTypeChecker();
  }

  /** Everything that is wrong, file by file, in order of place. */
  remarks(): Remark[] {
    return [...this.files.keys()]
      .filter((path) => typed.test(path))
      .sort()
      .flatMap((path) => this.remarksOf(path));
  }

  private remarksOf(path: string): Remark[] {
    const syntax = this.service.getSyntacticDiagnostics(path);
    // A file that cannot be read has types that nobody meant.
    const found = syntax.length > 0 ? syntax : this.service.getSemanticDiagnostics(path);
    const aged = this.service.getSuggestionDiagnostics(path).filter((each) => each.reportsDeprecated);
    return [...found, ...aged]
      .map((each) => ({
        path: path.slice(PROJECT.length),
        from: each.start ?? 0,
        to: (each.start ?? 0) + (each.length ?? 0),
        severity: each.reportsDeprecated ? ('info' as const) : severity(each.category),
        code: `TS${each.code}`,
        message: ts.flattenDiagnosticMessageText(each.messageText, '\n'),
      }))
      .sort((a, b) => a.from - b.from);
  }

  complete(path: string, offset: number): Candidates | null {
    const found = this.service.getCompletionsAtPosition(PROJECT + path, offset, preferences);
    if (!found) return null;
    const text = this.files.get(PROJECT + path)?.text ?? '';
    const start = found.optionalReplacementSpan?.start ?? offset - (/[\w$]*$/.exec(text.slice(0, offset))?.[0].length ?? 0);
    const list = found.entries.slice(0, CANDIDATES).map((each) => ({ name: each.name, kind: each.kind, sort: each.sortText, insert: each.insertText, from: each.source }));
    return { start, list };
  }

  /** What is known about a candidate, and the import that it needs. */
  describe(path: string, offset: number, name: string, from: string | undefined): Knowledge | null {
    // Which of several things of one name is meant, is in data that only the list carries.
    const data = from === undefined ? undefined : this.service.getCompletionsAtPosition(PROJECT + path, offset, preferences)?.entries.find((each) => each.name === name && each.source === from)?.data;
    const found = this.service.getCompletionEntryDetails(PROJECT + path, offset, name, {}, from, preferences, data);
    if (!found) return null;
    const changes: Change[] = (found.codeActions ?? [])
      .flatMap((action) => action.changes)
      .filter((change) => change.fileName === PROJECT + path)
      .flatMap((change) => change.textChanges.map(({ span, newText }) => ({ from: span.start, to: span.start + span.length, text: newText })));
    return { signature: ts.displayPartsToString(found.displayParts), documentation: documentation(found.documentation, found.tags), changes };
  }

  hover(path: string, offset: number): Hover | null {
    const found = this.service.getQuickInfoAtPosition(PROJECT + path, offset);
    if (!found) return null;
    const { start, length } = found.textSpan;
    return { from: start, to: start + length, signature: ts.displayPartsToString(found.displayParts), documentation: documentation(found.documentation, found.tags) };
  }

  /** Where a member of the definition stands: `trigger.cron`, `inputs.channel.type`, `metadata.id`. */
  locate(path: string, name: string): { from: number; to: number } | null {
    const source = this.service.getProgram()?.getSourceFile(PROJECT + path);
    return source ? member(source, name) : null;
  }
}

function severity(category: ts.DiagnosticCategory): Severity {
  return category === ts.DiagnosticCategory.Error ? 'error' : category === ts.DiagnosticCategory.Warning ? 'warning' : 'info';
}

function documentation(parts: ts.SymbolDisplayPart[] | undefined, tags: ts.JSDocTagInfo[] | undefined): string {
  const lines = (tags ?? []).map((tag) => `@${tag.name} ${ts.displayPartsToString(tag.text)}`.trimEnd());
  // Comments are broken at the width of a source file; here they have another one.
  const text = ts.displayPartsToString(parts).replace(/([^\n])\n(?![\n*@-])/g, '$1 ');
  return [text, ...lines].filter(Boolean).join('\n');
}

/** A service that knows these files. */
export function languageOf(files: Files): LanguageService {
  const made = new LanguageService();
  made.tell({ ...files });
  return made;
}

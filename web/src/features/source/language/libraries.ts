/** What a workflow's types are made of, as texts: the language's own library, the SDK, and a project's settings. */
import types from '../../../../../sdk/millrace.d.ts?raw';
import settings from '../../../../../crates/cli/templates/tsconfig.json?raw';

// ES2023 and what it builds on, and nothing of browsers: a workflow has the globals that the SDK's file declares.
const texts = import.meta.glob<string>(
  [
    '../../../../node_modules/typescript/lib/lib.{es5,es6,decorators,decorators.legacy}.d.ts',
    '../../../../node_modules/typescript/lib/lib.es20{15,16,17,18,19,20,21,22,23}.d.ts',
    '../../../../node_modules/typescript/lib/lib.es20{15,16,17,18,19,20,21,22,23}.*.d.ts',
    '!**/*.full.d.ts',
  ],
  { query: '?raw', import: 'default', eager: true },
);

/** File name (`lib.es5.d.ts`) → text. */
export const libraries: ReadonlyMap<string, string> = new Map(Object.entries(texts).map(([path, text]) => [path.slice(path.lastIndexOf('/') + 1), text]));

export { settings, types };

import { autocompletion, type Completion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import type { Extension } from '@codemirror/state';
import { type EditorView, hoverTooltip } from '@codemirror/view';

import type { Language } from './language/language';
import type { Candidate, Knowledge } from './language/protocol';

/** The icons that CodeMirror has, by the words of the language service. */
const icons: Record<string, string> = {
  function: 'function', 'local function': 'function', method: 'method', construct: 'method', property: 'property', getter: 'property', setter: 'property', 'JSX attribute': 'property',
  var: 'variable', 'local var': 'variable', let: 'variable', parameter: 'variable', alias: 'variable', const: 'constant', class: 'class', 'local class': 'class', interface: 'interface',
  type: 'type', 'type parameter': 'type', primitive: 'type', enum: 'enum', 'enum member': 'constant', module: 'namespace', keyword: 'keyword', string: 'text',
};

/** Characters behind which members are offered without being asked for. */
const opens = /[.'"/@<]$/;

/** What the language service knows, in the editor: candidates while one types, types under the pointer. */
export function knowing(language: Language, path: string): Extension {
  return [autocompletion({ override: [(context) => candidates(language, path, context)], activateOnTyping: true, maxRenderedOptions: 200, icons: true }), hovering(language, path)];
}

async function candidates(language: Language, path: string, context: CompletionContext): Promise<CompletionResult | null> {
  const before = context.matchBefore(/[\w$]+|[.'"/@<]/);
  if (!context.explicit && (!before || (!/[\w$]/.test(before.text) && !opens.test(before.text)))) return null;
  const stop = new AbortController();
  context.addEventListener('abort', () => stop.abort(), { onDocChange: true });
  language.edit(path, context.state.doc.toString());
  const found = await language.ask('complete', [path, context.pos], stop.signal).catch(() => null);
  if (!found || context.aborted) return null;
  return { from: found.start, options: found.list.map((each) => option(language, path, context.pos, each)), validFor: /^[\w$]*$/ };
}

function option(language: Language, path: string, offset: number, { name, kind, sort, insert, from }: Candidate): Completion {
  const known = () => language.ask('describe', [path, offset, name, from]).catch(() => null);
  return {
    label: name,
    type: icons[kind] ?? 'text',
    sortText: sort,
    // What has to be imported first comes after what is there.
    boost: from === undefined ? 0 : -20,
    ...(from === undefined ? {} : { detail: from }),
    info: async () => {
      const knowledge = await known();
      return knowledge && { dom: shown(knowledge) };
    },
    apply: (view, _completion, start, end) => {
      write(view, start, end, insert ?? name);
      if (from !== undefined) void known().then((knowledge) => bring(view, knowledge, start));
    },
  };
}

function write(view: EditorView, from: number, to: number, text: string) {
  view.dispatch({ changes: { from, to, insert: text }, selection: { anchor: from + text.length }, userEvent: 'input.complete', scrollIntoView: true });
}

/** The import that a word needs. It stands above the word, so the word's own change has not moved its place. */
function bring(view: EditorView, knowledge: Knowledge | null, below: number) {
  const changes = (knowledge?.changes ?? []).filter((change) => change.to <= below).map(({ from, to, text }) => ({ from, to, insert: text }));
  if (changes.length > 0) view.dispatch({ changes, userEvent: 'input.complete' });
}

function hovering(language: Language, path: string): Extension {
  return hoverTooltip(
    async (view, offset) => {
      language.edit(path, view.state.doc.toString());
      const found = await language.ask('hover', [path, offset]).catch(() => null);
      if (!found) return null;
      return {
        pos: found.from,
        end: found.to,
        create: () => {
          const dom = shown(found);
          dom.classList.add('cm-hover');
          return { dom };
        },
      };
    },
    { hoverTime: 350, hideOnChange: true },
  );
}

/** A signature and what its author says of it, as text: nothing in it is markup. */
function shown({ signature, documentation }: { signature: string; documentation: string }): HTMLElement {
  const dom = document.createElement('div');
  dom.className = 'cm-known';
  const add = (name: 'pre' | 'p', text: string) => {
    const part = dom.appendChild(document.createElement(name));
    part.textContent = text;
  };
  add('pre', signature);
  if (documentation) add('p', documentation);
  return dom;
}

import { closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, foldGutter, foldKeymap, indentOnInput } from '@codemirror/language';
import { lintGutter } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers, rectangularSelection } from '@codemirror/view';
import { Box, useComputedColorScheme } from '@mantine/core';
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react';

import { knowing } from './knowing';
import type { Language } from './language/language';
import type { Remark } from './language/protocol';
import { marked } from './marks';
import { syntaxOf } from './syntax';
import { admitted, look, scheme } from './theme';

/** What a page may ask of an editor. */
export interface EditorHandle {
  focus(): void;
  /** Where the cursor is. */
  offset(): number;
}

export interface EditorProps {
  /** Which file; each keeps its own history while the editor is there. */
  path: string;
  value: string;
  /** What people hear: the name of the file, usually. */
  label: string;
  readOnly?: boolean | undefined;
  onChange?: ((text: string) => void) | undefined;
  /** Candidates and types; without it the editor only colours. */
  language?: Language | undefined;
  remarks?: readonly Remark[] | undefined;
  /** In pixels. */
  fontSize?: number | undefined;
  height?: string | undefined;
  /** A place to put the cursor at and to show, once the file and the text that came with it are there; another object is another wish. */
  goal?: { readonly from: number } | undefined;
  ref?: Ref<EditorHandle> | undefined;
}

const none: readonly Remark[] = [];

/** Source to write or to read. Tab indents; Escape and then Tab leaves. */
export function Editor({ path, value, label, readOnly = false, onChange, language, remarks = none, fontSize = 14, height = '100%', goal, ref }: EditorProps) {
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const shown = useRef(path);
  const states = useRef(new Map<string, EditorState>());
  const told = useRef(onChange);
  told.current = onChange;
  const dark = useComputedColorScheme('light') === 'dark';
  const colors = useRef(new Compartment());

  const stateOf = (file: string, text: string) => {
    const known = states.current.get(file);
    if (known?.doc.toString() === text) return known;
    // On a phone, lines that leave the screen are worse than lines that break.
    const wraps = window.matchMedia('(max-width: 48em)').matches ? EditorView.lineWrapping : [];
    const parts = [common, wraps, colors.current.of(scheme(dark)), syntaxOf(file), EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' })];
    const reports = EditorView.updateListener.of((update) => {
      if (update.docChanged) told.current?.(update.state.doc.toString());
    });
    const extensions = readOnly ? [...parts, EditorState.readOnly.of(true)] : [...parts, writing, reports, language ? knowing(language, file) : []];
    return EditorState.create({ doc: text, extensions });
  };

  useEffect(() => {
    const made = new EditorView({ state: stateOf(path, value), parent: box.current! });
    view.current = made;
    shown.current = path;
    return () => {
      states.current.clear();
      made.destroy();
      view.current = null;
    };
    // Made once for one way of use; what changes later is told below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [language, readOnly]);

  useEffect(() => {
    const now = view.current;
    if (!now || (shown.current === path && now.state.doc.toString() === value)) return;
    states.current.set(shown.current, now.state);
    shown.current = path;
    now.setState(stateOf(path, value));
    now.dispatch({ effects: colors.current.reconfigure(scheme(dark)) });
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [path, value]);

  useEffect(() => {
    const now = view.current;
    if (!now || !goal) return;
    const anchor = Math.min(goal.from, now.state.doc.length);
    now.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'center', xMargin: 80 }) });
    now.focus();
  }, [goal]);

  useEffect(() => view.current?.dispatch({ effects: colors.current.reconfigure(scheme(dark)) }), [dark]);
  useEffect(() => view.current?.dispatch(marked(view.current.state, remarks)), [remarks, path, language]);
  useEffect(() => view.current?.requestMeasure(), [fontSize]);

  useImperativeHandle(ref, () => ({
    focus: () => view.current?.focus(),
    offset: () => view.current?.state.selection.main.head ?? 0,
  }));

  return <Box ref={box} dir="ltr" style={{ height, minHeight: 0, minWidth: 0, '--editor-font-size': `${fontSize}px` }} />;
}

const common: Extension = [
  admitted, look, lineNumbers(), highlightSpecialChars(), drawSelection(), foldGutter(), bracketMatching(), highlightActiveLineGutter(), EditorState.allowMultipleSelections.of(true),
  keymap.of([...searchKeymap, ...foldKeymap]),
];

const writing: Extension = [
  history(), indentOnInput(), closeBrackets(), rectangularSelection(), highlightActiveLine(), highlightSelectionMatches(), lintGutter(), EditorState.tabSize.of(2),
  // F8 goes through the problems of all files: that is the page's.
  keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap, indentWithTab]),
];

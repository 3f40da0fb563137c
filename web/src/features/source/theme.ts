import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { tags as t } from '@lezer/highlight';

const color = (light: string, dark: string) => `light-dark(var(--mantine-color-${light}), var(--mantine-color-${dark}))`;
const quiet = 'var(--mantine-color-default-border)';

// The page's own colours: one set of rules for both schemes, because `light-dark()` follows the page.
const frame = EditorView.theme({
  '&': { color: 'var(--mantine-color-text)', backgroundColor: 'var(--mantine-color-body)', fontSize: 'var(--editor-font-size, 14px)', height: '100%' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: '1.55', overflow: 'auto' },
  '.cm-content': { caretColor: 'var(--mantine-color-text)', paddingBlock: '10px' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--mantine-color-text)', borderLeftWidth: '2px' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground, ::selection': { backgroundColor: color('river-1', 'river-9') },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'light-dark(rgba(0, 0, 0, .035), rgba(255, 255, 255, .045))' },
  '.cm-gutters': { color: color('gray-7', 'gray-5'), backgroundColor: 'var(--mantine-color-body)', border: 'none', borderInlineEnd: `1px solid ${quiet}` },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '34px' },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': { backgroundColor: color('teal-1', 'teal-9'), outline: `1px solid ${color('teal-6', 'teal-6')}` },
  '.cm-selectionMatch, .cm-searchMatch': { backgroundColor: color('yellow-2', 'yellow-9') },
  '.cm-searchMatch-selected': { backgroundColor: color('orange-3', 'orange-9') },
  '.cm-tooltip': { color: 'var(--mantine-color-text)', backgroundColor: 'var(--mantine-color-body)', border: `1px solid ${quiet}`, borderRadius: '8px', boxShadow: 'var(--mantine-shadow-md)', maxWidth: 'min(620px, 92vw)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mantine-font-family-monospace)', maxHeight: '16em' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 8px', lineHeight: '1.5' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { color: 'var(--mantine-color-white)', backgroundColor: 'var(--mantine-color-river-7)' },
  '.cm-completionDetail': { fontStyle: 'normal', opacity: '.8', marginInlineStart: '1.5em' },
  '.cm-completionInfo.cm-tooltip': { padding: '8px 10px' },
  '.cm-known pre': { margin: '0', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '13px', maxHeight: '14em', overflow: 'auto' },
  '.cm-known p': { margin: '6px 0 0', whiteSpace: 'pre-wrap', fontSize: '13px', fontFamily: 'var(--mantine-font-family)' },
  '.cm-hover': { padding: '8px 10px' },
  '.cm-diagnostic': { whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', padding: '6px 10px' },
  '.cm-panels': { color: 'var(--mantine-color-text)', backgroundColor: 'light-dark(var(--mantine-color-gray-0), var(--mantine-color-dark-8))' },
  '.cm-panels.cm-panels-top': { borderBottom: `1px solid ${quiet}` },
  '.cm-panel.cm-search': { padding: '8px', fontFamily: 'var(--mantine-font-family)', fontSize: '13px' },
  '.cm-textfield': { backgroundColor: 'var(--mantine-color-body)', color: 'inherit', border: `1px solid ${color('gray-6', 'dark-2')}`, borderRadius: '4px', padding: '3px 6px', fontSize: '13px' },
  '.cm-button': { background: 'var(--mantine-color-default)', color: 'inherit', border: `1px solid ${color('gray-6', 'dark-2')}`, borderRadius: '4px', padding: '3px 8px', fontSize: '13px' },
  '.cm-foldPlaceholder': { color: 'inherit', backgroundColor: 'transparent', border: `1px solid ${quiet}` },
  '.cm-collapsedLines': { color: color('river-8', 'river-2'), background: color('river-0', 'dark-6'), paddingBlock: '4px', cursor: 'pointer' },
  // The library's own sign is in few fonts.
  '.cm-collapsedLines:before, .cm-collapsedLines:after': { content: '"⋯"', marginInline: '7px' },
  '.cm-changedLine, .cm-insertedLine, &.cm-merge-b .cm-changedLine': { backgroundColor: 'light-dark(#e3f6ec, #10301f)' },
  '&.cm-merge-a .cm-changedLine, .cm-deletedChunk': { backgroundColor: 'light-dark(#fdeaea, #3a1618)' },
  '&.cm-merge-b .cm-changedText, .cm-insertedLine .cm-changedText': { background: 'light-dark(#c4ecd5, #12402a)' },
  '&.cm-merge-a .cm-changedText, .cm-deletedChunk .cm-deletedText': { background: 'light-dark(#fad9d9, #5c1f23)' },
});

// 4.5:1 also where a line came or went: Mantine's teal, blue and cyan are too light there.
const tokens = HighlightStyle.define([
  { tag: [t.keyword, t.modifier, t.operatorKeyword, t.self, t.null, t.bool], color: color('violet-9', 'violet-3') },
  { tag: [t.string, t.special(t.string), t.regexp], color: 'light-dark(#055c43, var(--mantine-color-teal-3))' },
  { tag: [t.number, t.escape], color: 'light-dark(#18578f, var(--mantine-color-blue-3))' },
  { tag: [t.comment], color: color('gray-7', 'gray-5'), fontStyle: 'italic' },
  { tag: [t.typeName, t.className, t.namespace], color: 'light-dark(#095a69, var(--mantine-color-cyan-3))' },
  { tag: [t.function(t.variableName), t.function(t.propertyName)], color: color('indigo-9', 'indigo-3') },
  { tag: [t.definition(t.propertyName), t.attributeName], color: color('grape-9', 'grape-3') },
  { tag: t.invalid, color: color('red-9', 'red-4') },
]);

/** How source looks on this page; the same rules for reading, writing and comparing. */
export const look: Extension = [frame, syntaxHighlighting(tokens)];

/** What CodeMirror draws itself (marks of problems, the search panel) has two sets of rules. */
export const scheme = (dark: boolean): Extension => EditorView.darkTheme.of(dark);

/** The server's policy admits the styles of this answer only. */
export const admitted: Extension = EditorView.cspNonce.of(document.querySelector<HTMLElement>('meta[name="csp-nonce"]')?.nonce ?? '');

import { MergeView, unifiedMergeView } from '@codemirror/merge';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { Box, useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';

import { syntaxOf } from './syntax';
import { admitted, look, scheme } from './theme';

interface DiffViewProps {
  path: string;
  before: string;
  after: string;
  /** What people hear of each side. */
  labels: { before: string; after: string };
  beside: boolean;
}

/** Lines around a change that are shown; what is the same beyond them is folded. */
const folded = { margin: 3, minSize: 6 };

/** One file as it was and as it is: side by side where there is room, else one below the other. */
export function DiffView({ path, before, after, labels, beside }: DiffViewProps) {
  const box = useRef<HTMLDivElement>(null);
  const dark = useComputedColorScheme('light') === 'dark';
  useEffect(() => {
    const parent = box.current!;
    const side = (label: string): Extension => [admitted, look, scheme(dark), lineNumbers(), syntaxOf(path), EditorState.readOnly.of(true), EditorView.contentAttributes.of({ 'aria-label': label, 'aria-readonly': 'true', tabindex: '0' }), EditorView.lineWrapping];
    if (beside) {
      const both = new MergeView({ a: { doc: before, extensions: side(labels.before) }, b: { doc: after, extensions: side(labels.after) }, parent, collapseUnchanged: folded });
      return () => both.destroy();
    }
    const one = new EditorView({ doc: after, parent, extensions: [side(labels.after), unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged: folded })] });
    return () => one.destroy();
  }, [path, before, after, labels.before, labels.after, beside, dark]);
  return <Box ref={box} dir="ltr" style={{ minWidth: 0, overflow: 'auto', '--editor-font-size': '13px' }} />;
}

import { type Diagnostic, setDiagnostics } from '@codemirror/lint';
import type { EditorState, TransactionSpec } from '@codemirror/state';

import type { Remark } from './language/protocol';

/** Remarks as the editor draws them. A place that the text no longer has is moved to where the text ends. */
export function marked(state: EditorState, remarks: readonly Remark[]): TransactionSpec {
  return setDiagnostics(state, remarks.map((remark) => diagnostic(state, remark)));
}

function diagnostic(state: EditorState, { from, to, severity, message, advice, code }: Remark): Diagnostic {
  const start = Math.min(from, state.doc.length);
  // A place without length shows at the word that stands there.
  const end = to > from ? to : (state.wordAt(start)?.to ?? start + 1);
  return { from: start, to: Math.min(Math.max(end, start), state.doc.length), severity, source: code, message: advice ? `${message}\n${advice}` : message };
}

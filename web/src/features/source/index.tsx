/**
 * Source to write, to read and to compare. The editor is large: a page gets it when it shows it, never with the page itself.
 * Wrap these in `<Suspense>`.
 */
import { lazy } from 'react';

export const Editor = lazy(() => import('./Editor').then(({ Editor }) => ({ default: Editor })));
export const SourceView = lazy(() => import('./SourceView').then(({ SourceView }) => ({ default: SourceView })));
export const SourceDiff = lazy(() => import('./SourceDiff').then(({ SourceDiff }) => ({ default: SourceDiff })));
export type { EditorHandle, EditorProps } from './Editor';
export type { Files, Remark } from './language/protocol';
export { type Language, prepareLanguage, startLanguage } from './language/language';
export { FileTabs } from './FileTabs';
export { sourceQuery } from './queries';

import { javascript } from '@codemirror/lang-javascript';
import { json } from '@codemirror/lang-json';
import type { Extension } from '@codemirror/state';

/** How a file is read, by its name. */
export function syntaxOf(path: string): Extension {
  if (path.endsWith('.json')) return json();
  const jsx = /\.[jt]sx$/.test(path);
  if (/\.(?:[cm]?ts|tsx)$/.test(path)) return javascript({ typescript: true, jsx });
  return /\.(?:[cm]?js|jsx)$/.test(path) ? javascript({ jsx }) : [];
}

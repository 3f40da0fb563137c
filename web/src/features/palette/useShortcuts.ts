import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';

import type { Place } from '../../app/navigation';

/** Where `g` and a second letter lead. */
export const jumps: ReadonlyArray<{ key: string; label: Place['label']; to: string }> = [
  { key: 'h', label: 'home', to: '/app' },
  { key: 'w', label: 'workflows', to: '/app/workflows' },
  { key: 'r', label: 'runs', to: '/app/runs' },
  { key: 'a', label: 'approvals', to: '/app/approvals' },
  { key: 'c', label: 'connections', to: '/app/connections' },
  { key: 'd', label: 'developer', to: '/app/developer' },
];

/** The key beside K that opens the palette, as the reader's keyboard has it; both are taken. */
export const commandKey = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? '') ? '⌘' : 'Ctrl';

/** How long the second letter may take, in milliseconds. */
const PATIENCE = 1500;

/** Whether letters belong to what has the focus: a field, an editor, a menu that is searched by typing. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest('input, textarea, select, [contenteditable="true"], [role="combobox"], [role="listbox"], [role="menu"], [role="textbox"]') !== null;
}

/** The keys that work on every page. */
export function useShortcuts({ toggle, help }: { toggle: () => void; help: () => void }): void {
  const navigate = useNavigate();
  const began = useRef(0);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && !event.altKey && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        toggle();
        return;
      }
      // A dialog has its own keys, and a page behind it must not go away.
      if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented || isTyping(event.target) || document.querySelector('[aria-modal="true"]')) return;
      if (event.key === '?') {
        event.preventDefault();
        help();
        return;
      }
      const jump = Date.now() - began.current < PATIENCE ? jumps.find(({ key }) => key === event.key) : undefined;
      began.current = event.key === 'g' ? Date.now() : 0;
      if (jump) {
        event.preventDefault();
        void navigate({ to: jump.to });
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [navigate, toggle, help]);
}

import { useSyncExternalStore, type ReactNode } from 'react';
import { IntlProvider } from 'use-intl';

import type { en } from './en';
import { common } from './en/common';
import { nav } from './en/nav';
import { partsOf, type first, type Part } from './parts';

declare module 'use-intl' {
  interface AppConfig {
    Locale: string;
    Messages: typeof en;
  }
}

/** The reader's own locale decides how numbers and dates look; the words are English until there are others. */
export const locale = globalThis.navigator?.language ?? 'en';
export const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

type Later = Exclude<Part, (typeof first)[number]>;

/** All words at once would be a tenth of what the first page fetches. */
const parts: { [Name in Later]: () => Promise<Record<Name, (typeof en)[Name]>> } = {
  account: () => import('./en/account'),
  analytics: () => import('./en/analytics'),
  approvals: () => import('./en/approvals'),
  auth: () => import('./en/auth'),
  connections: () => import('./en/connections'),
  deploy: () => import('./en/deploy'),
  developer: () => import('./en/developer'),
  home: () => import('./en/home'),
  installation: () => import('./en/installation'),
  palette: () => import('./en/palette'),
  runs: () => import('./en/runs'),
  settings: () => import('./en/settings'),
  setup: () => import('./en/setup'),
  system: () => import('./en/system'),
  workflows: () => import('./en/workflows'),
};

let known: Partial<typeof en> = { common, nav };
const listeners = new Set<() => void>();

/** Fetches the words of these parts, once. */
export async function loadParts(names: readonly Part[]): Promise<void> {
  const missing = names.filter((name): name is Later => !(name in known));
  if (missing.length === 0) return;
  const found = await Promise.all(missing.map(async (name) => [name, ((await parts[name]()) as Partial<typeof en>)[name]] as const));
  known = { ...known, ...Object.fromEntries(found) };
  for (const listener of listeners) listener();
}

/** Fetches the words of the pages of this address. */
export function loadWords(path: string): Promise<void> {
  return loadParts(partsOf(path));
}

/** Gives every page its words: `const t = useTranslations(…)` with the name of its part. */
export function Words({ children }: { children: ReactNode }) {
  const messages = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => known,
  );
  return (
    <IntlProvider locale={locale} messages={messages as typeof en} timeZone={timeZone}>
      {children}
    </IntlProvider>
  );
}

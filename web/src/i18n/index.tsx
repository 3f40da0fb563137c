import type { ReactNode } from 'react';
import { IntlProvider } from 'use-intl';

import { en } from './en';

declare module 'use-intl' {
  interface AppConfig {
    Locale: string;
    Messages: typeof en;
  }
}

/** The reader's own locale decides how numbers and dates look; the words are English until there are others. */
export const locale = globalThis.navigator?.language ?? 'en';
export const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Gives every page its words: `const t = useTranslations('runs')`. */
export function Words({ children }: { children: ReactNode }) {
  return (
    <IntlProvider locale={locale} messages={en} timeZone={timeZone} now={undefined}>
      {children}
    </IntlProvider>
  );
}

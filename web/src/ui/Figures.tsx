import { Text, Tooltip } from '@mantine/core';
import { useMemo } from 'react';
import { useNow, useTranslations } from 'use-intl';

import { locale, timeZone } from '../i18n';

/** Numbers, money and times in the reader's locale and zone. */
export function useFormat() {
  return useMemo(() => {
    const full = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium', timeZone });
    const short = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone });
    const number = new Intl.NumberFormat(locale);
    const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
    return {
      number: (value: number) => number.format(value),
      percent: (value: number) => percent.format(value),
      instant: (at: string) => full.format(new Date(at)),
      date: (at: string) => short.format(new Date(at)),
      money: (cents: number, currency: string) => money(cents, currency),
      span: spanText,
    };
  }, []);
}

/** Minor units of a currency, whose number of digits is the currency's own. */
function money(minor: number, currency: string): string {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(minor / 10 ** digits);
}

/** `4.1 ms`, `2.30 s`, `3 m 5 s`, `2 d 4 h`. */
export function spanText(ms: number): string {
  const number = (value: number, digits: number) => new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value);
  if (ms < 10) return `${number(ms, 1)} ms`;
  if (ms < 1000) return `${number(ms, 0)} ms`;
  if (ms < 60_000) return `${number(ms / 1000, 2)} s`;
  const units = [['d', 86_400_000], ['h', 3_600_000], ['m', 60_000], ['s', 1000]] as const;
  const from = units.findIndex(([, size]) => ms >= size);
  const [large, small] = [units[from], units[from + 1]];
  if (!large) return `${number(ms, 0)} ms`;
  const whole = Math.floor(ms / large[1]);
  const rest = small ? Math.floor((ms % large[1]) / small[1]) : 0;
  return rest > 0 && small ? `${number(whole, 0)} ${large[0]} ${rest} ${small[0]}` : `${number(whole, 0)} ${large[0]}`;
}

const steps: ReadonlyArray<[Intl.RelativeTimeFormatUnit, number]> = [['year', 31_536_000], ['month', 2_592_000], ['day', 86_400], ['hour', 3600], ['minute', 60], ['second', 1]];

/** `3 minutes ago`, or `in 2 days`, in the reader's language. */
export function relativeText(at: Date, now: Date): string {
  const seconds = (at.getTime() - now.getTime()) / 1000;
  const [unit, size] = steps.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
  return new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'long' }).format(Math.round(seconds / size), unit);
}

/** An instant: how long ago, and exactly on demand. */
export function Time({ at, exact }: { at: string | null | undefined; exact?: boolean }) {
  const t = useTranslations('common');
  const format = useFormat();
  // Draws anew as time passes; the instant itself is taken fresh, or what has just been done would lie ahead.
  useNow({ updateInterval: 30_000 });
  if (!at) return <>{t('never')}</>;
  const full = format.instant(at);
  if (exact) return <time dateTime={at} className="tabular">{full}</time>;
  return (
    <Tooltip label={full}>
      <Text component="time" inherit dateTime={at}>
        {relativeText(new Date(at), new Date())}
      </Text>
    </Tooltip>
  );
}

/** How long something took. */
export function Span({ ms }: { ms: number | null | undefined }) {
  return <span className="tabular">{ms === null || ms === undefined ? '–' : spanText(ms)}</span>;
}

/** An amount of money. */
export function Amount({ cents, currency }: { cents: number; currency: string }) {
  return <span className="tabular">{money(cents, currency)}</span>;
}

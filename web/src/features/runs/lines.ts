import type { Line } from './useLogs';

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];

/** Lines from a level on that hold a text, in the message or in the values. */
export function siftLines(lines: readonly Line[], from: Level, text: string): readonly Line[] {
  const wanted = text.trim().toLowerCase();
  const least = LEVELS.indexOf(from);
  if (wanted === '' && least === 0) return lines;
  return lines.filter((line) => {
    const level = LEVELS.indexOf(line.level as Level);
    // A level that this page does not know is shown rather than lost.
    if (level >= 0 && level < least) return false;
    return wanted === '' || line.message.toLowerCase().includes(wanted) || (line.data !== undefined && line.data !== null && JSON.stringify(line.data).toLowerCase().includes(wanted));
  });
}

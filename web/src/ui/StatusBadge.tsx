import { Badge } from '@mantine/core';

/** What a state means to the reader: never colour alone, the word stands in it. */
export type Tone = 'good' | 'bad' | 'busy' | 'waiting' | 'idle';

const tones: Record<string, Tone> = {
  active: 'good', completed: 'good', done: 'good', ok: 'good', published: 'good', sent: 'good', verified: 'good', accepted: 'good', approved: 'good', live: 'good', paid: 'good', connected: 'good', valid: 'good',
  failed: 'bad', error: 'bad', broken: 'bad', expired: 'bad', revoked: 'bad', rejected: 'bad', timeout: 'bad', needs_reauth: 'bad', suspended: 'bad', halted: 'bad', firing: 'bad', rolled_back: 'bad',
  running: 'busy', rolling: 'busy', moving: 'busy',
  waiting: 'waiting', pending: 'waiting', queued: 'waiting', paused: 'waiting', installed: 'waiting', draft: 'waiting', open: 'waiting', review: 'waiting', in_review: 'waiting', unverified: 'waiting', deprecated: 'waiting',
};

const colors: Record<Tone, string> = { good: 'teal', bad: 'red', busy: 'blue', waiting: 'yellow', idle: 'gray' };
// Mantine's darkest yellow is too light for text on white (2.99:1).
const dark: Partial<Record<Tone, string>> = { waiting: '#865500' };

/** A state as the API words it. */
export function StatusBadge({ status, tone, label }: { status: string; tone?: Tone; label?: string }) {
  const meaning = tone ?? tones[status] ?? 'idle';
  const color = colors[meaning];
  return (
    <Badge variant="outline" color={color} tt="none" fw={600} c={`light-dark(${dark[meaning] ?? `var(--mantine-color-${color}-9)`}, var(--mantine-color-${color}-3))`} style={{ flex: 'none' }}>
      {label ?? status.replaceAll('_', ' ')}
    </Badge>
  );
}

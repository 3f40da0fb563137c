import { Badge } from '@mantine/core';

/** What a state means to the reader: never colour alone, the word stands in it. */
export type Tone = 'good' | 'bad' | 'busy' | 'waiting' | 'idle';

const tones: Record<string, Tone> = {
  active: 'good', completed: 'good', done: 'good', ok: 'good', published: 'good', sent: 'good', verified: 'good', accepted: 'good', approved: 'good', live: 'good', paid: 'good', connected: 'good', valid: 'good',
  failed: 'bad', error: 'bad', broken: 'bad', expired: 'bad', revoked: 'bad', rejected: 'bad', timeout: 'bad', needs_reauth: 'bad', suspended: 'bad', halted: 'bad', firing: 'bad', rolled_back: 'bad',
  running: 'busy', rolling: 'busy', moving: 'busy',
  waiting: 'waiting', pending: 'waiting', queued: 'waiting', paused: 'waiting', installed: 'waiting', draft: 'waiting', open: 'waiting', review: 'waiting', in_review: 'waiting', unverified: 'waiting', deprecated: 'waiting',
};

// Dark enough for white and light enough for dark text: each pair reaches 4.5:1.
const colors: Record<Tone, string> = { good: 'teal', bad: 'red', busy: 'blue', waiting: 'yellow', idle: 'gray' };

/** A state as the API words it. */
export function StatusBadge({ status, tone, label }: { status: string; tone?: Tone; label?: string }) {
  const color = colors[tone ?? tones[status] ?? 'idle'];
  return (
    <Badge variant="outline" color={color} tt="none" fw={600} c={`light-dark(var(--mantine-color-${color}-9), var(--mantine-color-${color}-3))`} style={{ flex: 'none' }}>
      {label ?? status.replaceAll('_', ' ')}
    </Badge>
  );
}

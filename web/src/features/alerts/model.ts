import type { Schema } from '../../api/types';

export const presets = ['error_rate', 'any_failure', 'slow', 'no_runs'] as const;
export type Preset = (typeof presets)[number];
export const metrics = ['error_rate', 'success_rate', 'failures', 'runs', 'mean_duration', 'last_execution'] as const;
export type Metric = (typeof metrics)[number];
export const ops = ['>', '>=', '<', '<='] as const;
export type Op = (typeof ops)[number];
export const channelTypes = ['email', 'webhook', 'slack'] as const;
export type ChannelType = (typeof channelTypes)[number];

/** What a metric is compared with. */
export const unitOf: Record<Metric, 'share' | 'count' | 'time'> = { error_rate: 'share', success_rate: 'share', failures: 'count', runs: 'count', mean_duration: 'time', last_execution: 'time' };

/** At most so many places to tell. */
export const CHANNELS = 5;

/** A place to tell: one that there is has an id, and its address is not known any more. */
export interface Channel {
  id: string | undefined;
  type: ChannelType;
  url: string;
  host?: string | undefined;
}

/** A rule while somebody writes it. */
export interface Draft {
  name: string;
  rule: Preset | 'own';
  metric: Metric;
  op: Op;
  /** In percent, whole numbers, or a length of time such as `10s`. */
  value: string;
  window: string;
  minRuns: number;
  cooldown: string;
  channels: Channel[];
  enabled: boolean;
}

export const fresh: Draft = { name: '', rule: 'error_rate', metric: 'error_rate', op: '>', value: '10', window: '5m', minRuns: 5, cooldown: '15m', channels: [{ id: undefined, type: 'email', url: '' }], enabled: true };

/** `10 %` and `0.1` are the same share; shown are percent. */
export function conditionText({ metric, op, value }: Pick<Draft, 'metric' | 'op' | 'value'>): string {
  return `${metric} ${op} ${value.trim()}${unitOf[metric] === 'share' ? '%' : ''}`;
}

/** Reads a condition as the server words it; nothing for one that this form cannot hold. */
export function readCondition(text: string): Pick<Draft, 'metric' | 'op' | 'value'> | undefined {
  const match = /^\s*([a-z_]+)\s*(>=|<=|>|<)\s*(\S+)\s*$/.exec(text);
  const [, word, op, raw] = match ?? [];
  const metric = metrics.find((each) => each === word);
  if (!metric || !op || !raw) return undefined;
  if (unitOf[metric] !== 'share') return { metric, op: op as Op, value: raw };
  const percent = raw.endsWith('%') ? Number(raw.slice(0, -1)) : Number(raw) * 100;
  return Number.isFinite(percent) ? { metric, op: op as Op, value: String(Number(percent.toFixed(4))) } : undefined;
}

const factors: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `500ms`, `10s`, `5m`, `24h`, `2d`, or a plain number of them. */
export function spanOf(text: string): number | undefined {
  const [, number, unit = 'ms'] = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?\s*$/.exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * factors[unit]!;
}

export type Wrong = 'nameMissing' | 'shareWrong' | 'countWrong' | 'timeWrong' | 'windowWrong' | 'cooldownWrong' | 'minRunsWrong' | 'urlWrong' | 'belowLast';

/** What is wrong with a draft, by field; channels as `channels.0.url`. */
export function wrongs(draft: Draft): Record<string, Wrong> {
  const wrong: Record<string, Wrong> = {};
  if (!draft.name.trim()) wrong.name = 'nameMissing';
  if (draft.rule === 'own') {
    const unit = unitOf[draft.metric];
    const number = draft.value.trim() === '' ? NaN : Number(draft.value);
    if (unit === 'share' && !(number >= 0 && number <= 100)) wrong.value = 'shareWrong';
    if (unit === 'count' && !(Number.isInteger(number) && number >= 0 && number <= 1_000_000)) wrong.value = 'countWrong';
    const span = spanOf(draft.value);
    if (unit === 'time' && !(span !== undefined && span > 0 && span <= 30 * factors.d!)) wrong.value = 'timeWrong';
    if (draft.metric === 'last_execution' && draft.op.startsWith('<')) wrong.op = 'belowLast';
  }
  const window = spanOf(draft.window);
  if (!(window !== undefined && window >= factors.m! && window <= 24 * factors.h!)) wrong.window = 'windowWrong';
  const cooldown = spanOf(draft.cooldown);
  if (!(cooldown !== undefined && cooldown <= 24 * factors.h!)) wrong.cooldown = 'cooldownWrong';
  if (!(Number.isInteger(draft.minRuns) && draft.minRuns >= 1 && draft.minRuns <= 1_000_000)) wrong.minRuns = 'minRunsWrong';
  draft.channels.forEach((channel, index) => {
    if (channel.id === undefined && channel.type !== 'email' && !/^https:\/\/[^\s/]+/.test(channel.url.trim())) wrong[`channels.${index}.url`] = 'urlWrong';
  });
  return wrong;
}

function channelsOf(draft: Draft): Schema<'NewChannel'>[] {
  return draft.channels.map(({ id, type, url }) => (id !== undefined ? { id } : { type, ...(type !== 'email' && { url: url.trim() }) }));
}

/** A rule that is to be. */
export function newAlert(draft: Draft): Schema<'NewAlert'> {
  return {
    name: draft.name.trim(),
    ...(draft.rule === 'own' ? { condition: conditionText(draft) } : { rule: draft.rule }),
    window: draft.window.trim(), cooldown: draft.cooldown.trim(), min_runs: draft.minRuns, enabled: draft.enabled, channels: channelsOf(draft),
  };
}

/** What of a rule is another now. The condition of a rule that this form could not read stays as it is. */
export function changedAlert(draft: Draft, before: Schema<'AlertAnswer'>): Schema<'ChangeAlert'> {
  const old = draftOf(before);
  const condition = conditionText(draft);
  return {
    ...(draft.name.trim() !== before.name && { name: draft.name.trim() }),
    ...(condition !== conditionText(old) && { condition }),
    ...(draft.window !== before.window && { window: draft.window.trim() }),
    ...(draft.cooldown !== before.cooldown && { cooldown: draft.cooldown.trim() }),
    ...(draft.minRuns !== before.min_runs && { min_runs: draft.minRuns }),
    ...(draft.enabled !== before.enabled && { enabled: draft.enabled }),
    ...(JSON.stringify(draft.channels) !== JSON.stringify(old.channels) && { channels: channelsOf(draft) }),
  };
}

/** A rule that there is, to be changed. */
export function draftOf(alert: Schema<'AlertAnswer'>): Draft {
  return {
    ...fresh,
    ...readCondition(alert.condition),
    name: alert.name, rule: 'own', window: alert.window, minRuns: alert.min_runs, cooldown: alert.cooldown, enabled: alert.enabled,
    channels: alert.channels.map((channel) => ({ id: channel.id, type: channel.type as ChannelType, url: '', host: channel.host ?? undefined })),
  };
}

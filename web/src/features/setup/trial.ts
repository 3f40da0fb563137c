import type { Schema } from '../../api/types';

/** A way to start a test run: by hand, or as if one of the triggers had fired. */
export interface Way {
  key: string;
  kind: 'manual' | 'webhook' | 'schedule' | 'poll';
  service: string | undefined;
  /** Of a webhook at an address of its own. */
  path: string | undefined;
  event: string | undefined;
  cron: string | undefined;
}

/** Every trigger that can be tried out, each event by itself; by hand always. The likeliest is first. */
export function waysOf(triggers: ReadonlyArray<Schema<'TriggerSummary'>>): Way[] {
  const nothing = { service: undefined, path: undefined, event: undefined, cron: undefined };
  const ways: Way[] = triggers.flatMap((trigger): Way[] => {
    const [service, path, cron] = [trigger.service ?? undefined, trigger.path ?? undefined, trigger.cron ?? undefined];
    switch (trigger.type) {
      case 'webhook': {
        const events = trigger.events && trigger.events.length > 0 ? trigger.events : [undefined];
        return events.map((event) => ({ ...nothing, key: `webhook ${service ?? path ?? ''} ${event ?? ''}`, kind: 'webhook', service, path, event }));
      }
      case 'schedule':
        return [{ ...nothing, key: `schedule ${cron ?? ''}`, kind: 'schedule', cron }];
      case 'poll':
        return [{ ...nothing, key: `poll ${service ?? ''}`, kind: 'poll', service }];
      default:
        return [];
    }
  });
  const unique = ways.filter((way, at) => ways.findIndex((other) => other.key === way.key) === at);
  return [...unique, { ...nothing, key: 'manual', kind: 'manual' }];
}

/** What is sent to start it. A delivery to an address of its own comes from no service. */
export function requestOf(way: Way, given: Record<string, unknown> | undefined): Schema<'TriggerRequest'> {
  return {
    type: way.kind,
    ...(given ? { data: given as Schema<'TriggerRequest'>['data'] } : {}),
    ...(way.service && (way.kind === 'webhook' || way.kind === 'poll') ? { service: way.service } : {}),
    ...(way.event ? { event: way.event } : {}),
  };
}

/** An object as JSON; undefined for nothing, null for what is no object. */
export function objectOf(text: string): Record<string, unknown> | undefined | null {
  if (text.trim() === '') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** What a call of the journal was, in one line: `zoom.getMeeting`, `POST api.acme.example`. */
export function callName(kind: string, args: unknown): string {
  const held = (typeof args === 'object' && args !== null ? args : {}) as Record<string, unknown>;
  const text = (name: string) => (typeof held[name] === 'string' ? (held[name] as string) : undefined);
  if (kind === 'fetch') {
    const url = text('url');
    const host = url ? hostOf(url) : undefined;
    return [text('method') ?? 'GET', host].filter(Boolean).join(' ');
  }
  const service = text('service');
  const method = text('method') ?? text('operation') ?? text('action');
  if (service) return [service, method].filter(Boolean).join('.');
  return text('key') ? `${kind} ${text('key')}` : kind;
}

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}

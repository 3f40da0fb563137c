import type { CatchUp, ManualTrigger, PollTrigger, ScheduleTrigger, Trigger, WebhookTrigger } from './types/trigger.js';

/** Options of {@link webhook}. */
export type WebhookOptions = Omit<WebhookTrigger, 'type'>;

/** Runs when a service reports an event (`service`) or when something is posted to an address of its own (`path`). */
export function webhook<const O extends WebhookOptions>(options: O): { type: 'webhook' } & O {
  const { service, path } = options ?? {};
  if (!service && !path) {
    throw new Error('webhook() requires either "service" or "path"');
  }
  if (service && path) {
    throw new Error('webhook() takes either "service" or "path", not both');
  }
  return { type: 'webhook', ...options };
}

/** Options of {@link schedule}; `cron` and `schedule` mean the same. */
export interface ScheduleOptions {
  cron?: string;
  schedule?: string;
  timezone?: string;
  catchUp?: CatchUp;
}

/** Runs at the times of a five-field cron expression: `schedule('0 9 * * 1-5', { timezone: 'Europe/Berlin' })`. */
export function schedule(expression: string, options?: { timezone?: string; catchUp?: CatchUp }): ScheduleTrigger;
export function schedule(options: ScheduleOptions): ScheduleTrigger;
export function schedule(first: string | ScheduleOptions, options?: { timezone?: string; catchUp?: CatchUp }): ScheduleTrigger {
  const given: ScheduleOptions = typeof first === 'string' ? { cron: first, ...options } : (first ?? {});
  const expression = given.cron ?? given.schedule;
  if (!expression) {
    throw new Error('schedule() requires a cron expression: pass a string, or "cron" or "schedule" in the options');
  }
  checkCron(expression);
  const trigger: ScheduleTrigger = { type: 'schedule', cron: expression };
  if (given.timezone !== undefined) {
    trigger.timezone = given.timezone;
  }
  if (given.catchUp !== undefined) {
    trigger.catchUp = given.catchUp;
  }
  return trigger;
}

/** The same as {@link schedule}. */
export const cron = schedule;

/** Runs when somebody asks. */
export function manual(options: { description?: string } = {}): ManualTrigger {
  return { type: 'manual', ...options };
}

/** Shortest interval of a poll, in seconds. */
const MIN_POLL_SECONDS = 60;

/** Runs again and again after an interval: seconds, or text such as `15min` or `1h`. */
export function poll<const O extends Omit<PollTrigger, 'type'>>(options: O): { type: 'poll' } & O {
  const { interval } = options ?? {};
  if (interval === undefined || interval === null || interval === '') {
    throw new Error('poll() requires an "interval"');
  }
  if (typeof interval === 'number' && !(interval >= MIN_POLL_SECONDS)) {
    throw new Error(`poll() interval must be at least ${MIN_POLL_SECONDS} seconds, got ${interval}`);
  }
  return { type: 'poll', ...options };
}

/** Whether a trigger is a webhook. */
export function isWebhookTrigger(trigger: Trigger): trigger is WebhookTrigger {
  return trigger?.type === 'webhook';
}

/** Whether a trigger is a schedule. */
export function isScheduleTrigger(trigger: Trigger): trigger is ScheduleTrigger {
  return trigger?.type === 'schedule';
}

/** Whether a trigger is manual. */
export function isManualTrigger(trigger: Trigger): trigger is ManualTrigger {
  return trigger?.type === 'manual';
}

/** Whether a trigger polls. */
export function isPollTrigger(trigger: Trigger): trigger is PollTrigger {
  return trigger?.type === 'poll';
}

/** A trigger in words. */
export function describeTrigger(trigger: Trigger): string {
  switch (trigger.type) {
    case 'webhook': {
      const events = trigger.events ?? (trigger.event ? [trigger.event] : []);
      const what = events.length > 0 ? events.join(', ') : 'any event';
      return trigger.service ? `When ${trigger.service} sends ${what}` : `When ${what} is posted to ${trigger.path}`;
    }
    case 'schedule':
      return `On schedule: ${trigger.cron} (${trigger.timezone ?? 'UTC'})`;
    case 'manual':
      return trigger.description ?? 'When started by hand';
    case 'poll': {
      const every = typeof trigger.interval === 'number' ? `${trigger.interval} seconds` : trigger.interval;
      return trigger.service ? `Checks ${trigger.service} every ${every}` : `Every ${every}`;
    }
  }
}

/** An expression with a template in it is checked when the template is filled in, for each installation. */
function checkCron(expression: string): void {
  if (expression.includes('{{')) {
    return;
  }
  const fields = expression.trim().split(/\s+/).filter(Boolean).length;
  if (fields !== 5) {
    throw new Error(`Invalid cron expression "${expression}": expected 5 fields, got ${fields}`);
  }
}

/** Runs when a connected service reports an event, or when something is posted to the workflow's own address. */
export interface WebhookTrigger {
  type: 'webhook';
  /** Service whose events start the workflow. Either this or `path`. */
  service?: string;
  /** Own address. Either this or `service`. */
  path?: string;
  event?: string;
  /** Any of these. Without `event` and `events`: every event. */
  events?: readonly string[];
  /** All members must equal the payload's; `{{inputs.x}}` is replaced. */
  filter?: Record<string, unknown>;
  /** Shared secret of a path webhook: `X-Webhook-Signature: sha256=<hex>`. */
  secret?: string;
  /** Deliveries are accepted unsigned. Anybody who knows the address can start runs then; there is no other way to say so. */
  verify?: false;
}

/** Runs at times given by a five-field cron expression. */
export interface ScheduleTrigger {
  type: 'schedule';
  /** Five fields, or a template such as `{{inputs.sendTime.minute}} {{inputs.sendTime.hour}} * * *`. */
  cron: string;
  /** IANA zone; UTC by default. May be a template. */
  timezone?: string;
  /** What to do about times that passed while the server was away: nothing, one run for the latest (default), or all of them. */
  catchUp?: CatchUp;
}

/** See {@link ScheduleTrigger.catchUp}. */
export type CatchUp = 'skip' | 'latest' | 'all';

/** Runs when somebody asks: the Run button, the API, the command line. */
export interface ManualTrigger {
  type: 'manual';
  description?: string;
}

/** Runs again and again after an interval. */
export interface PollTrigger {
  type: 'poll';
  service?: string;
  endpoint?: string;
  /** Seconds, at least 60; or `5min`, `1hour`, `daily`, `5m`, `1h`, `1d`. */
  interval: number | string;
  filter?: Record<string, unknown>;
}

/** What starts a workflow. */
export type Trigger = WebhookTrigger | ScheduleTrigger | ManualTrigger | PollTrigger;

type ServiceOf<T> = T extends { readonly service: infer S extends string } ? S : T extends { type: 'webhook' | 'poll' } ? string : never;

type EventOf<T> = T extends { type: 'webhook' }
  ? T extends { readonly event: infer E extends string }
    ? E | (T extends { readonly events: readonly (infer M extends string)[] } ? M : never)
    : T extends { readonly events: readonly (infer E extends string)[] }
      ? E
      : string
  : never;

/** The event that started this run. Whatever the declared triggers are, a person can also start it by hand. */
export interface TriggerInstance<T extends Trigger = Trigger> {
  type: T['type'] | 'manual' | 'oauth_callback';
  /** The event's payload in the shape described for its provider; `{}` for schedules. */
  data: any;
  /** The same object as `data`. */
  payload: any;
  /** Epoch milliseconds. */
  timestamp: number;
  id?: string;
  /** Which service sent the event. */
  service?: ServiceOf<T>;
  /** Which of the declared events it is; any if none were declared. */
  event?: EventOf<T>;
}

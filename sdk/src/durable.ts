import { call, continueWith as hostContinue, newId, once } from 'millrace:host';
import { parseDurationMs } from './duration.js';

/** A length of time (`'30m'`, `'3d'`, milliseconds) or an instant. */
export type Delay = number | string | Date;

/** A length of time: `'30m'`, `'2h'`, `'7d'`, or milliseconds. */
export type Duration = number | string;

/**
 * Waits. A wait of more than a few seconds costs nothing: the run leaves memory and goes on where it was, even after a
 * restart or a deploy.
 */
export async function sleep(delay: Delay): Promise<void> {
  if (delay instanceof Date) {
    const until = delay.getTime();
    if (Number.isNaN(until)) {
      throw new TypeError('sleep() was given an invalid Date');
    }
    await call('timer', { until });
    return;
  }
  const ms = milliseconds(delay, 'sleep()');
  if (ms > 0) {
    await call('timer', { ms });
  }
}

/** The same as {@link sleep}. */
export const delay = sleep;

/** An event that a run waited for. */
export interface ReceivedEvent<T = any> {
  name: string;
  data: T;
}

/** Waits until an event arrives; null when `timeout` passes first. */
export async function waitForEvent<T = any>(
  name: string,
  options: { match?: Record<string, unknown>; timeout?: Duration } = {},
): Promise<ReceivedEvent<T> | null> {
  if (!name) {
    throw new TypeError('waitForEvent() requires the name of an event');
  }
  return call('event', { name, match: options.match, timeout_ms: optional(options.timeout, 'waitForEvent()') });
}

/** What somebody is asked to decide. */
export interface ApprovalRequest {
  title: string;
  detail?: unknown;
  /** E-mail addresses or user ids; without them any administrator of the organisation. */
  approvers?: string[];
  timeout?: Duration;
}

/** What was decided. */
export interface ApprovalDecision {
  approved: boolean;
  decidedBy?: string;
  comment?: string;
  /** Nobody decided in time; `approved` is false. */
  timedOut: boolean;
}

/** Asks people for a decision and waits for it. */
export async function approval(request: ApprovalRequest): Promise<ApprovalDecision> {
  if (!request?.title) {
    throw new TypeError('approval() requires a "title"');
  }
  const { title, detail, approvers, timeout } = request;
  const decision = await call('approval', { title, detail, approvers, timeout_ms: optional(timeout, 'approval()') });
  return {
    approved: decision.approved === true,
    decidedBy: decision.decided_by ?? undefined,
    comment: decision.comment ?? undefined,
    timedOut: decision.timed_out === true,
  };
}

/** Runs another workflow of the organisation as a child and waits for its output; its failure is thrown. */
export async function invoke<T = any>(workflow: string, input: unknown = {}): Promise<T> {
  if (!workflow) {
    throw new TypeError('invoke() requires the id of a workflow');
  }
  return call('invoke', { workflow, input });
}

/** What became of one item. */
export type BatchResult<R> =
  | { index: number; ok: true; value: R }
  | { index: number; ok: false; error: { message: string; code?: string } };

/** Options of {@link batch}. */
export interface BatchOptions {
  /** Items worked on at the same time; 5 by default. */
  concurrency?: number;
  /** `continue` (default) records a failure and goes on; `stop` starts no further item and throws the first failure. */
  onError?: 'continue' | 'stop';
}

/** Works through items, several at a time, and records one result for each. */
export async function batch<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => R | Promise<R>,
  options: BatchOptions = {},
): Promise<BatchResult<R>[]> {
  const concurrency = options.concurrency ?? 5;
  if (!(concurrency >= 1)) {
    throw new RangeError(`batch() concurrency must be at least 1, got ${concurrency}`);
  }
  const id = `batch_${newId()}`;
  const results: BatchResult<R>[] = new Array(items.length);
  let next = 0;
  let failure: { error: unknown } | undefined;
  const worker = async (): Promise<void> => {
    while (next < items.length && !failure) {
      const index = next++;
      const result = await attempt(index);
      results[index] = result;
      await call('batch.result', { batch: id, ...result });
    }
  };
  const attempt = async (index: number): Promise<BatchResult<R>> => {
    try {
      return { index, ok: true, value: await work(items[index] as T, index) };
    } catch (error) {
      if (options.onError === 'stop') {
        failure ??= { error };
      }
      return { index, ok: false, error: { message: messageOf(error), code: codeOf(error) } };
    }
  };
  const workers = Math.min(Math.floor(concurrency), items.length);
  await Promise.all(Array.from({ length: workers }, worker));
  if (failure) {
    throw failure.error;
  }
  return results;
}

/**
 * Starts the workflow afresh with an empty journal; `state` arrives as `context.state`. For loops without end.
 * Code behind it does not run: `return continueWith(state)`.
 */
export function continueWith(state: unknown): Promise<never> {
  return hostContinue(state);
}

/**
 * Performs what `fn` asks for at most once. After a crash at the wrong moment the outcome is an error with code `unknown`
 * instead of a second attempt. For payments and other things that must not happen twice.
 */
export function atMostOnce<T>(fn: () => T | Promise<T>): Promise<T> {
  return once(fn);
}

function milliseconds(duration: Duration, who: string): number {
  const ms = typeof duration === 'number' ? duration : parseDurationMs(duration);
  if (ms === undefined || Number.isNaN(ms)) {
    throw new TypeError(`${who} does not understand the duration ${JSON.stringify(duration)}; write '30m', '2h', '7d' or milliseconds`);
  }
  return ms;
}

function optional(duration: Duration | undefined, who: string): number | undefined {
  return duration === undefined ? undefined : milliseconds(duration, who);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

import { sleep } from './durable.js';
import { parseRetryAfter } from './retry-after.js';

export { parseRetryAfter } from './retry-after.js';

/** What an attempt knows about those before it. */
export interface RetryContext {
  /** 1 for the first. */
  attempt: number;
  maxAttempts: number;
  lastError?: unknown;
  totalElapsedMs: number;
}

/** How to retry. */
export interface RetryOptions {
  /** Attempts in all; 3 by default. */
  maxAttempts?: number;
  backoff?: 'exponential' | 'linear' | 'constant';
  /** Milliseconds before the second attempt; 1,000 by default. */
  initialDelay?: number;
  /** Longest pause in milliseconds; 30,000 by default. */
  maxDelay?: number;
  /** Share of the pause by which it varies; 0.1 by default. */
  jitter?: number;
  shouldRetry?: (error: unknown, context: RetryContext) => boolean | Promise<boolean>;
  onRetry?: (error: unknown, context: RetryContext, delayMs: number) => void | Promise<void>;
}

/** Calls `fn` until it succeeds, with growing pauses. The pauses are durable. */
export async function withRetry<T>(fn: (context: RetryContext) => T | Promise<T>, options: RetryOptions = {}): Promise<T> {
  const { maxAttempts = 3, shouldRetry = defaultShouldRetry, onRetry } = options;
  const started = Date.now();
  let lastError: unknown;
  for (let attempt = 1; ; attempt++) {
    const context: RetryContext = { attempt, maxAttempts, lastError, totalElapsedMs: Date.now() - started };
    try {
      return await fn(context);
    } catch (error) {
      lastError = error;
      const failed = { ...context, lastError: error, totalElapsedMs: Date.now() - started };
      if (attempt >= maxAttempts || !(await shouldRetry(error, failed))) {
        throw error;
      }
      const pause = pauseAfter(attempt, options);
      await onRetry?.(error, failed, pause);
      await sleep(pause);
    }
  }
}

/** Network failures, time-outs, and answers with status 429 or 500 and above. */
export function defaultShouldRetry(error: unknown): boolean {
  if (error instanceof TypeError) {
    return true;
  }
  const { name, status } = (error ?? {}) as { name?: unknown; status?: unknown };
  if (name === 'AbortError' || name === 'TimeoutError') {
    return true;
  }
  return typeof status === 'number' && (status >= 500 || status === 429);
}

/** Whether an answer is worth another attempt: 429, or 500 and above. */
export function shouldRetryResponse(response: { status: number }): boolean {
  return response.status === 429 || response.status >= 500;
}

/** `fetch` that is retried on network failures, 429 and 5xx. Without success the last answer is thrown. */
export async function fetchWithRetry(
  url: string | URL,
  init: RequestInit = {},
  options: RetryOptions & { timeout?: number } = {},
): Promise<Response> {
  const { timeout, ...retry } = options;
  return withRetry(async () => {
    const response = await fetch(url, withTimeout(init, timeout));
    if (shouldRetryResponse(response)) {
      throw response;
    }
    return response;
  }, retry);
}

/** A `shouldRetry` that waits as long as a 429 asks for, up to `maxWait` milliseconds. */
export function createRateLimitAwareRetry(
  options: { maxWait?: number; onRateLimit?: (waitMs: number) => void | Promise<void> } = {},
): (error: unknown) => Promise<boolean> {
  const { maxWait = 60_000, onRateLimit } = options;
  return async (error) => {
    if ((error as { status?: unknown } | null | undefined)?.status !== 429) {
      return defaultShouldRetry(error);
    }
    const wait = parseRetryAfter(error as Response);
    if (wait !== null && wait > maxWait) {
      return false;
    }
    if (wait) {
      await onRateLimit?.(wait);
      await sleep(wait);
    }
    return true;
  };
}

/** Adds a time limit to a request. Without one the host's own limit of 30 seconds holds, which needs no timer. */
export function withTimeout(init: RequestInit, timeout: number | undefined): RequestInit {
  if (timeout === undefined || timeout === 30_000 || init.signal) {
    return init;
  }
  return { ...init, signal: AbortSignal.timeout(timeout) };
}

function pauseAfter(attempt: number, options: RetryOptions): number {
  const { backoff = 'exponential', initialDelay = 1_000, maxDelay = 30_000, jitter = 0.1 } = options;
  const factor = backoff === 'exponential' ? 2 ** (attempt - 1) : backoff === 'linear' ? attempt : 1;
  const pause = Math.min(initialDelay * factor, maxDelay);
  return Math.max(0, Math.round(pause + pause * jitter * (Math.random() * 2 - 1)));
}

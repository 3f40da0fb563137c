/**
 * Millrace workflows.
 *
 * A bundle takes from here only what the workflow imports by name, so a large index costs nothing.
 */
export { defineConfig, defineConfigField, defineWorkflow, getWorkflowDescription, getWorkflowId, getWorkflowName } from './define.js';
export {
  cron,
  describeTrigger,
  isManualTrigger,
  isPollTrigger,
  isScheduleTrigger,
  isWebhookTrigger,
  manual,
  poll,
  schedule,
  webhook,
  type ScheduleOptions,
  type WebhookOptions,
} from './trigger.js';
export {
  approval,
  atMostOnce,
  batch,
  continueWith,
  delay,
  invoke,
  sleep,
  waitForEvent,
  type ApprovalDecision,
  type ApprovalRequest,
  type BatchOptions,
  type BatchResult,
  type Delay,
  type Duration,
  type ReceivedEvent,
} from './durable.js';
export * from './result.js';
export { ErrorCategory, ErrorCode } from './error-codes.js';
export * from './errors.js';
export * from './response.js';
export { http, HttpError, type HttpOptions, type HttpResponse } from './http.js';
export {
  createRateLimitAwareRetry,
  defaultShouldRetry,
  fetchWithRetry,
  parseRetryAfter,
  shouldRetryResponse,
  withRetry,
  type RetryContext,
  type RetryOptions,
} from './retry.js';
export * from './tracing.js';
export * from './client.js';
export * from './steps.js';
export * from './workers-ai.js';
export { createCache, createKVStorage, type Cache } from './cache.js';
export * from './unsupported.js';
export * from './version.js';
export * from './breaking.js';
export * from './integrations.js';
export { generateId } from './id.js';
export * from './duration.js';
export * from './dates.js';
export * from './list.js';
export * from './text.js';
export * from './csv.js';
export { transform } from './transform.js';
export * from './config.js';
export type * from './types/context.js';
export type * from './types/definition.js';
export type * from './types/input.js';
export type * from './types/integrations.js';
export type * from './types/listing.js';
export type * from './types/standard.js';
export type * from './types/trigger.js';

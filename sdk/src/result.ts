import type { StandardData } from './types/standard.js';

/** What a result can be used for. */
export interface Capabilities {
  canHandleText?: boolean;
  canHandleRichText?: boolean;
  canHandleHtml?: boolean;
  canHandleMarkdown?: boolean;
  canHandleAttachments?: boolean;
  canHandleImages?: boolean;
  supportsSearch?: boolean;
  supportsPagination?: boolean;
  supportsBulkOperations?: boolean;
  supportsNesting?: boolean;
  supportsRelations?: boolean;
  supportsMetadata?: boolean;
}

/** Where a result comes from. */
export interface ResultMetadata {
  source: { integration: string; action: string };
  /** `<integration>.<type>.v<n>` */
  schema: string;
  /** Epoch milliseconds. */
  timestamp: number;
  rateLimit?: { remaining: number; reset: number; limit?: number };
  cost?: { credits?: number; operations?: number };
  [extra: string]: unknown;
}

/** Why an action failed. Also reads as its message: `throw new Error(result.error)`. */
export interface ResultError {
  message: string;
  code: string;
}

/** What every integration method returns. It does not throw when the provider fails. */
export interface ActionResult<T = any> {
  success: boolean;
  /** null on failure. */
  data: T;
  /** Present exactly when `success` is false. */
  error?: ResultError;
  metadata: ResultMetadata;
  capabilities: Capabilities;
  standard?: StandardData;
}

/** Details of a successful result. */
export interface SuccessOptions {
  integration?: string;
  action?: string;
  schema?: string;
  capabilities?: Capabilities;
  metadata?: Record<string, unknown>;
  standard?: StandardData;
  rateLimit?: ResultMetadata['rateLimit'];
  cost?: ResultMetadata['cost'];
}

/** Makes results. */
export const ActionResult = {
  success<T>(data: T, options: SuccessOptions = {}): ActionResult<T> {
    const { integration = 'sdk', action = 'unknown', schema = 'sdk.result.v1', capabilities = {}, rateLimit, cost } = options;
    const metadata: ResultMetadata = { source: { integration, action }, schema, timestamp: Date.now(), ...options.metadata };
    if (rateLimit) {
      metadata.rateLimit = rateLimit;
    }
    if (cost) {
      metadata.cost = cost;
    }
    const result: ActionResult<T> = { success: true, data, metadata, capabilities };
    if (options.standard) {
      result.standard = options.standard;
    }
    return result;
  },

  error<T = any>(message: string, code = 'unknown', options: { data?: T; integration?: string; action?: string } = {}): ActionResult<T> {
    const { data = null, integration = 'sdk', action = 'unknown' } = options;
    return {
      success: false,
      data: data as T,
      error: readable({ message, code }),
      metadata: { source: { integration, action }, schema: 'sdk.error.v1', timestamp: Date.now() },
      capabilities: {},
    };
  },
};

/** Makes a result from `{success: true, data}`, from `{success: false, error}`, or from `{data, integration, action, schema, …}`. */
export function createActionResult<T = any>(
  given: { success?: boolean; data?: T; error?: string | { message: string; code?: string } } & SuccessOptions,
): ActionResult<T> {
  if (given.success === false || (given.success === undefined && given.error !== undefined)) {
    const error = given.error ?? 'Unknown error';
    const [message, code] = typeof error === 'string' ? [error, 'unknown'] : [error.message, error.code ?? 'unknown'];
    return ActionResult.error<T>(message, code, { data: given.data, integration: given.integration, action: given.action });
  }
  return ActionResult.success(given.data as T, given);
}

/** Whether a value is a complete result. */
export function isActionResult(value: unknown): value is ActionResult {
  const result = value as ActionResult | null | undefined;
  return (
    typeof result?.success === 'boolean' &&
    result.data !== undefined &&
    Boolean(result.metadata?.source?.integration) &&
    Boolean(result.metadata.source.action) &&
    Boolean(result.metadata.schema) &&
    Boolean(result.metadata.timestamp) &&
    Boolean(result.capabilities)
  );
}

/** The data of a successful result; throws an Error with the result's code otherwise. */
export function unwrapResult<T>(result: ActionResult<T>): T {
  if (result.success) {
    return result.data;
  }
  throw Object.assign(new Error(getErrorMessage(result)), { code: getErrorCode(result) });
}

/** The message of a failure, in whichever form it is written. */
export function getErrorMessage(result: { error?: unknown } | null | undefined, fallback = 'Unknown error'): string {
  const error = result?.error as string | { message?: string } | undefined;
  return (typeof error === 'string' ? error : error?.message) || fallback;
}

/** The code of a failure; undefined if there is none. */
export function getErrorCode(result: { error?: unknown } | null | undefined): string | undefined {
  return (result?.error as { code?: string } | undefined)?.code;
}

/** Whether a result failed with a code. */
export function hasErrorCode(result: { error?: unknown } | null | undefined, code: string): boolean {
  return getErrorCode(result) === code;
}

/** Whether a result failed. */
export function isFailure<T>(result: ActionResult<T>): result is ActionResult<T> & { success: false; error: ResultError } {
  return result.success === false;
}

/** Whether a result succeeded. */
export function isSuccess<T>(result: ActionResult<T>): result is ActionResult<T> & { success: true } {
  return result.success === true;
}

/** An error that reads as its message without showing that in JSON. */
function readable(error: ResultError): ResultError {
  return Object.defineProperty(error, 'toString', { value: () => error.message, enumerable: false });
}

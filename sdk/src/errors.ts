import { codeOfStatus, ErrorCode, type ErrorCategory, ruleOf } from './error-codes.js';
import { parseRetryAfter } from './retry-after.js';

/** Circumstances of an {@link IntegrationError}. */
export interface ErrorDetails {
  integration?: string;
  action?: string;
  statusCode?: number;
  providerCode?: string;
  providerMessage?: string;
  retryable: boolean;
  retryAfterMs?: number;
  maxRetries?: number;
  correlationId?: string;
  metadata?: Record<string, unknown>;
}

/** An error with a code that says what can be done about it. */
export class IntegrationError extends Error {
  override readonly name = 'IntegrationError';
  readonly code: ErrorCode | (string & {});
  readonly category: ErrorCategory;
  readonly context: ErrorDetails;
  /** Epoch milliseconds. */
  readonly timestamp: number;

  constructor(code: ErrorCode | (string & {}), message: string, context: Partial<ErrorDetails> = {}) {
    super(message);
    const rule = ruleOf(code);
    this.code = code;
    this.category = rule.category;
    this.context = { maxRetries: rule.maxRetries, ...context, retryable: context.retryable ?? rule.retryable };
    this.timestamp = Date.now();
  }

  isRetryable(): boolean {
    return this.context.retryable;
  }

  getRetryAfterMs(): number | undefined {
    return this.context.retryAfterMs;
  }

  getMaxRetries(): number {
    return this.context.maxRetries ?? 1;
  }

  shouldRefreshAuth(): boolean {
    return this.code === ErrorCode.AUTH_EXPIRED;
  }

  /** Nothing but a person can help. */
  shouldNotifyUser(): boolean {
    const codes: string[] = ['auth_missing', 'auth_invalid', 'auth_insufficient_scope', 'invalid_config', 'permission_denied', 'quota_exceeded'];
    return !this.isRetryable() && codes.includes(this.code);
  }

  isUnauthorized(): boolean {
    return this.category === 'authentication';
  }

  isForbidden(): boolean {
    return this.code === ErrorCode.PERMISSION_DENIED;
  }

  isNotFound(): boolean {
    return this.code === ErrorCode.NOT_FOUND;
  }

  isConflict(): boolean {
    return this.code === ErrorCode.CONFLICT;
  }

  isRateLimited(): boolean {
    return this.category === 'rate_limit';
  }

  isValidationError(): boolean {
    return ['validation_error', 'invalid_input', 'missing_required_field'].includes(this.code);
  }

  isNetworkError(): boolean {
    return this.code === ErrorCode.NETWORK_ERROR || this.code === ErrorCode.TIMEOUT;
  }

  isServerError(): boolean {
    return this.code === ErrorCode.PROVIDER_DOWN || (this.context.statusCode ?? 0) >= 500;
  }

  /** The account must be connected again. */
  requiresReauth(): boolean {
    return ['auth_missing', 'auth_invalid', 'auth_insufficient_scope'].includes(this.code);
  }

  /** One sentence for the person who uses the workflow. */
  getUserMessage(): string {
    const service = this.context.integration ?? 'the service';
    const sentences: Record<string, string> = {
      auth_missing: `Connect ${service} to use this workflow.`,
      auth_invalid: `The connection to ${service} is no longer valid. Connect it again.`,
      auth_insufficient_scope: `The connection to ${service} lacks a permission. Connect it again and allow it.`,
      auth_expired: `The connection to ${service} has expired and is being renewed.`,
      rate_limited: `${service} is receiving too many requests. The workflow will try again.`,
      quota_exceeded: `The quota of ${service} is used up.`,
      permission_denied: `${service} does not allow this.`,
      not_found: `${service} could not find what the workflow asked for.`,
      network_error: `${service} could not be reached.`,
      provider_down: `${service} is not available at the moment.`,
      timeout: `${service} did not answer in time.`,
    };
    return sentences[this.code] ?? this.message;
  }

  toJSON(): Record<string, unknown> {
    const { name, message, code, category, context, timestamp } = this;
    return { name, message, code, category, context, timestamp };
  }
}

/** Whether a value is an {@link IntegrationError}. */
export function isIntegrationError(value: unknown): value is IntegrationError {
  return value instanceof IntegrationError;
}

/** Whether a value has the methods of an {@link IntegrationError}, whoever made it. */
export function hasUnifiedErrorInterface(value: unknown): value is IntegrationError {
  const error = value as IntegrationError | null | undefined;
  return value instanceof Error && typeof error?.code === 'string' && typeof error.isRetryable === 'function' && typeof error.toJSON === 'function';
}

/** Any thrown value as an {@link IntegrationError}; one without a known code becomes `unknown`. */
export function toIntegrationError(value: unknown, context: Partial<ErrorDetails> = {}): IntegrationError {
  if (isIntegrationError(value)) {
    return value;
  }
  const message = value instanceof Error ? value.message : String(value);
  const code = (value as { code?: unknown } | null | undefined)?.code;
  const known = typeof code === 'string' && (Object.values(ErrorCode) as string[]).includes(code);
  const error = new IntegrationError(known ? code : ErrorCode.UNKNOWN, message, context);
  if (value instanceof Error) {
    error.cause = value;
  }
  return error;
}

/** The error of an HTTP answer that is no success. Reads its body. */
export async function createErrorFromResponse(response: Response, context: Partial<ErrorDetails> = {}): Promise<IntegrationError> {
  const text = await response.text().catch(() => '');
  const told = providerError(text);
  const code = codeOfStatus(response.status);
  const message = told.message ?? (response.statusText || `HTTP ${response.status}`);
  const retryAfterMs = parseRetryAfter(response) ?? undefined;
  const details: Partial<ErrorDetails> = { ...context, statusCode: response.status, providerMessage: message };
  if (told.code !== undefined) {
    details.providerCode = told.code;
  }
  if (retryAfterMs !== undefined) {
    details.retryAfterMs = retryAfterMs;
  }
  return new IntegrationError(code, message, details);
}

/** How loudly a person should be told. */
export function getBreakdownSeverity(error: IntegrationError): 'silent' | 'ambient' | 'notification' | 'blocking' {
  if (error.requiresReauth() || error.code === ErrorCode.INVALID_CONFIG) {
    return 'blocking';
  }
  switch (error.code) {
    case ErrorCode.TIMEOUT:
      return 'silent';
    case ErrorCode.RATE_LIMITED:
    case ErrorCode.QUOTA_EXCEEDED:
    case ErrorCode.NETWORK_ERROR:
      return 'ambient';
    default:
      return 'notification';
  }
}

/** Message and code in the forms that providers use. */
function providerError(text: string): { message?: string; code?: string } {
  try {
    const body = JSON.parse(text);
    const inner = typeof body.error === 'object' && body.error !== null ? body.error : (body.errors?.[0] ?? body);
    const message = inner.message ?? inner.error_description ?? body.message ?? (typeof body.error === 'string' ? body.error : undefined);
    const code = inner.code ?? inner.type ?? (typeof body.error === 'string' ? body.error : undefined);
    return { message: message && String(message), code: code === undefined ? undefined : String(code) };
  } catch {
    return {};
  }
}

/** Codes of errors. The members' names are the values in upper case; three have an older second name. */
export const ErrorCode = {
  AUTH_MISSING: 'auth_missing',
  AUTH_INVALID: 'auth_invalid',
  AUTH_INSUFFICIENT_SCOPE: 'auth_insufficient_scope',
  AUTH_EXPIRED: 'auth_expired',
  RATE_LIMITED: 'rate_limited',
  QUOTA_EXCEEDED: 'quota_exceeded',
  INVALID_CONFIG: 'invalid_config',
  MISSING_REQUIRED_FIELD: 'missing_required_field',
  INVALID_INPUT: 'invalid_input',
  PROCESSING_ERROR: 'processing_error',
  CONFIGURATION_ERROR: 'configuration_error',
  PERMISSION_DENIED: 'permission_denied',
  NOT_FOUND: 'not_found',
  CONFLICT: 'conflict',
  API_ERROR: 'api_error',
  DATABASE_ERROR: 'database_error',
  SEARCH_ERROR: 'search_error',
  AI_MODEL_ERROR: 'ai_model_error',
  VALIDATION_ERROR: 'validation_error',
  PAYMENT_FAILED: 'payment_failed',
  NETWORK_ERROR: 'network_error',
  PROVIDER_DOWN: 'provider_down',
  TIMEOUT: 'timeout',
  CANCELLED: 'cancelled',
  UNKNOWN: 'unknown',
  RATE_LIMIT: 'rate_limited',
  UNKNOWN_ERROR: 'unknown',
  EXTERNAL_SERVICE_ERROR: 'provider_down',
} as const;

/** A code of an error. */
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

/** Families of codes. */
export const ErrorCategory = {
  AUTHENTICATION: 'authentication',
  RATE_LIMIT: 'rate_limit',
  CONFIGURATION: 'configuration',
  API: 'api',
  NETWORK: 'network',
  WORKFLOW: 'workflow',
  UNKNOWN: 'unknown',
} as const;

/** A family of codes. */
export type ErrorCategory = (typeof ErrorCategory)[keyof typeof ErrorCategory];

interface Rule {
  category: ErrorCategory;
  retryable: boolean;
  maxRetries: number;
}

const never = (category: ErrorCategory): Rule => ({ category, retryable: false, maxRetries: 1 });
const retry = (category: ErrorCategory, maxRetries: number): Rule => ({ category, retryable: true, maxRetries });

const RULES: Record<string, Rule> = {
  auth_missing: never('authentication'),
  auth_invalid: never('authentication'),
  auth_insufficient_scope: never('authentication'),
  // Once, after the token was refreshed.
  auth_expired: retry('authentication', 1),
  rate_limited: retry('rate_limit', 3),
  quota_exceeded: never('rate_limit'),
  invalid_config: never('configuration'),
  missing_required_field: never('configuration'),
  invalid_input: never('configuration'),
  processing_error: never('configuration'),
  configuration_error: never('configuration'),
  permission_denied: never('api'),
  not_found: never('api'),
  conflict: never('api'),
  api_error: never('api'),
  database_error: never('api'),
  search_error: never('api'),
  ai_model_error: never('api'),
  network_error: retry('network', 5),
  provider_down: retry('network', 5),
  timeout: retry('workflow', 2),
  cancelled: never('workflow'),
};

/** Family, and whether and how often a code is retried. */
export function ruleOf(code: string): Rule {
  return RULES[code] ?? never('unknown');
}

/** The code of an HTTP status that is no success. */
export function codeOfStatus(status: number): ErrorCode {
  switch (status) {
    case 401:
      return ErrorCode.AUTH_EXPIRED;
    case 403:
      return ErrorCode.PERMISSION_DENIED;
    case 404:
      return ErrorCode.NOT_FOUND;
    case 409:
      return ErrorCode.CONFLICT;
    case 429:
      return ErrorCode.RATE_LIMITED;
    case 500:
    case 502:
    case 503:
    case 504:
      return ErrorCode.PROVIDER_DOWN;
    default:
      return status >= 400 && status < 500 ? ErrorCode.API_ERROR : ErrorCode.UNKNOWN;
  }
}

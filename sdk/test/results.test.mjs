import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as sdk from '../dist/index.js';

test('a success has its source, and no error', () => {
  const result = sdk.ActionResult.success({ id: 1 }, { integration: 'zoom', action: 'getMeeting', schema: 'zoom.meeting.v1', capabilities: { canHandleText: true } });
  assert.deepEqual([result.success, result.data, 'error' in result], [true, { id: 1 }, false]);
  assert.deepEqual([result.metadata.source, result.metadata.schema, typeof result.metadata.timestamp], [{ integration: 'zoom', action: 'getMeeting' }, 'zoom.meeting.v1', 'number']);
  const bare = sdk.ActionResult.success(1);
  assert.deepEqual([bare.metadata.schema, bare.metadata.source], ['sdk.result.v1', { integration: 'sdk', action: 'unknown' }]);
});

test('a failure reads as an object and as a text', () => {
  const result = sdk.ActionResult.error('Gone', 'not_found', { integration: 'notion', action: 'pages.retrieve' });
  assert.deepEqual([result.success, result.data, result.metadata.schema], [false, null, 'sdk.error.v1']);
  assert.equal(new Error(result.error).message, 'Gone');
  assert.equal(JSON.stringify(result.error), '{"message":"Gone","code":"not_found"}');
  assert.deepEqual([sdk.getErrorMessage(result), sdk.getErrorCode(result), sdk.hasErrorCode(result, 'not_found'), sdk.isFailure(result), sdk.isSuccess(result)], ['Gone', 'not_found', true, true, false]);
  assert.throws(() => sdk.unwrapResult(result), { message: 'Gone', code: 'not_found' });
  assert.equal(sdk.unwrapResult(sdk.ActionResult.success('x')), 'x');
});

test('results are made from three forms and recognised', () => {
  assert.equal(sdk.createActionResult({ success: true, data: 1 }).data, 1);
  assert.deepEqual({ ...sdk.createActionResult({ success: false, error: { message: 'm', code: 'c' } }).error }, { message: 'm', code: 'c' });
  const full = sdk.createActionResult({ data: [], integration: 'a', action: 'b', schema: 'a.b.v1', capabilities: {}, rateLimit: { remaining: 1, reset: 2 }, cost: { credits: 3 } });
  assert.deepEqual([full.metadata.rateLimit, full.metadata.cost], [{ remaining: 1, reset: 2 }, { credits: 3 }]);
  assert.ok(sdk.isActionResult(full) && sdk.isActionResult(sdk.ActionResult.error('x', 'y')));
  for (const other of [null, 1, {}, { success: true, data: 1 }, { ...full, data: undefined }, { ...full, capabilities: undefined }]) assert.ok(!sdk.isActionResult(other));
});

// code, category, retryable, most retries
const CODES = [
  ['auth_missing', 'authentication', false, 1],
  ['auth_invalid', 'authentication', false, 1],
  ['auth_insufficient_scope', 'authentication', false, 1],
  ['auth_expired', 'authentication', true, 1],
  ['rate_limited', 'rate_limit', true, 3],
  ['quota_exceeded', 'rate_limit', false, 1],
  ['invalid_config', 'configuration', false, 1],
  ['missing_required_field', 'configuration', false, 1],
  ['invalid_input', 'configuration', false, 1],
  ['processing_error', 'configuration', false, 1],
  ['configuration_error', 'configuration', false, 1],
  ['permission_denied', 'api', false, 1],
  ['not_found', 'api', false, 1],
  ['conflict', 'api', false, 1],
  ['api_error', 'api', false, 1],
  ['database_error', 'api', false, 1],
  ['search_error', 'api', false, 1],
  ['ai_model_error', 'api', false, 1],
  ['validation_error', 'unknown', false, 1],
  ['payment_failed', 'unknown', false, 1],
  ['network_error', 'network', true, 5],
  ['provider_down', 'network', true, 5],
  ['timeout', 'workflow', true, 2],
  ['cancelled', 'workflow', false, 1],
  ['unknown', 'unknown', false, 1],
];

test('every code has its category and its retries', () => {
  for (const [code, category, retryable, retries] of CODES) {
    const error = new sdk.IntegrationError(code, 'm');
    assert.deepEqual([error.category, error.isRetryable(), error.getMaxRetries()], [category, retryable, retries], code);
    assert.equal(sdk.ErrorCode[code.toUpperCase()], code);
  }
  assert.deepEqual([sdk.ErrorCode.RATE_LIMIT, sdk.ErrorCode.UNKNOWN_ERROR, sdk.ErrorCode.EXTERNAL_SERVICE_ERROR], ['rate_limited', 'unknown', 'provider_down']);
});

test('errors say what can be done', () => {
  const of = (code, context) => new sdk.IntegrationError(code, 'm', context);
  assert.deepEqual(['auth_missing', 'auth_expired', 'auth_insufficient_scope'].map((c) => of(c).requiresReauth()), [true, false, true]);
  assert.deepEqual(['quota_exceeded', 'auth_expired', 'not_found'].map((c) => of(c).shouldNotifyUser()), [true, false, false]);
  assert.ok(of('auth_expired').shouldRefreshAuth());
  assert.deepEqual(
    ['timeout', 'rate_limited', 'network_error', 'auth_expired', 'provider_down', 'auth_missing', 'invalid_config', 'api_error'].map((c) => sdk.getBreakdownSeverity(of(c))),
    ['silent', 'ambient', 'ambient', 'notification', 'notification', 'blocking', 'blocking', 'notification'],
  );
  const error = of('rate_limited', { integration: 'slack', retryAfterMs: 5, statusCode: 429 });
  assert.deepEqual([error.getRetryAfterMs(), error.isRateLimited(), error.isServerError(), error.toJSON().context.integration], [5, true, false, 'slack']);
  assert.ok(sdk.isIntegrationError(error) && sdk.hasUnifiedErrorInterface(error) && !sdk.hasUnifiedErrorInterface(new Error('x')));
  assert.equal(sdk.toIntegrationError('plain').code, 'unknown');
  assert.equal(sdk.toIntegrationError(error), error);
  assert.match(of('auth_missing', { integration: 'slack' }).getUserMessage(), /Connect slack/);
});

test('answers become errors by their status', async () => {
  const codes = { 400: 'api_error', 401: 'auth_expired', 403: 'permission_denied', 404: 'not_found', 409: 'conflict', 422: 'api_error', 429: 'rate_limited', 500: 'provider_down', 503: 'provider_down' };
  for (const [status, code] of Object.entries(codes)) {
    const error = await sdk.createErrorFromResponse(new Response('{"error":{"message":"No.","code":"E1"}}', { status: Number(status), headers: { 'retry-after': '2' } }), { integration: 'x' });
    assert.deepEqual([error.code, error.message, error.context.providerCode, error.getRetryAfterMs(), error.context.statusCode], [code, 'No.', 'E1', 2_000, Number(status)]);
  }
});

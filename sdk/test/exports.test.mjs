// Every export of the contract is there, under every sub-path.
import assert from 'node:assert/strict';
import { test } from 'node:test';

const EXPORTS = {
  '../dist/index.js': `
    defineWorkflow defineConfigField getWorkflowId getWorkflowName getWorkflowDescription
    webhook schedule cron manual poll isWebhookTrigger isScheduleTrigger isManualTrigger isPollTrigger describeTrigger
    ActionResult createActionResult isActionResult unwrapResult getErrorMessage getErrorCode hasErrorCode isFailure isSuccess
    ErrorCode ErrorCategory IntegrationError isIntegrationError toIntegrationError createErrorFromResponse getBreakdownSeverity hasUnifiedErrorInterface
    sleep delay generateId extractPlaylistId transform filter map reduce find groupBy unique chunk flatten sortBy
    parseJSON parseCSV toCSV formatDate relativeTime slugify truncate capitalize titleCase template
    parseDurationMs parseSinceToUnixSeconds parseSinceToDate formatDateYMD formatDateISO formatDateUnix getRelativeDate createDateRange
    getUserTimezone getTimezoneOffset formatLocalDate isValidDuration isValidDate
    parseConfig getByPath getConfigValue extractResourceId mergeConfigs ConfigBuilder
    buildStandardList extractPaginationMetadata extractRateLimitInfo buildSuccessResponse buildErrorResponse safeGet toCamelCase
    http HttpError withRetry fetchWithRetry defaultShouldRetry shouldRetryResponse parseRetryAfter createRateLimitAwareRetry
    TRACE_ID_HEADER getTraceId propagateTrace createTraceHeaders createTraceContext createChildSpan createLogger timed createTimer
    BaseHTTPClient AuthenticatedHTTPClient createStepExecutor generateExecutionId
    AIModels createAIClient WorkersAI FluentAI
    createCache createKVStorage createObjectStorage createEdgeCache createVectorClient createAnalytics R2Storage encryptSecret decryptSecret D1 SLI_QUERIES
    TemplateRegistry DiscoveryService WorkflowRegistry
    parseVersion formatVersion compareVersions isNewerVersion isOlderVersion isSameVersion bumpVersion getNextVersion formatVersionDisplay
    formatVersionFull isValidVersion normalizeVersion detectBreakingChanges isBreakingChange getMigrationHints formatChangesForDisplay createBreakingChangeSummary
    Typeform Calendly Dribbble
    waitForEvent approval invoke batch continueWith atMostOnce`,
  '../dist/workers-ai.js': 'createAIClient AIModels WorkersAI FluentAI',
  '../dist/vectorize.js': 'createVectorClient',
  '../dist/testing.js': `createMockContext createMockTrigger MockStorage MockOAuthManager createMockFetch createMockTokens createExpiredTokens waitFor expectError
    createTestWorkflow`,
  '../dist/workflow.js': 'defineWorkflow webhook schedule cron manual poll',
  '../dist/integration.js': 'ActionResult IntegrationError ErrorCode BaseHTTPClient',
  '../dist/integrations.js': 'Typeform Calendly Dribbble extractPlaylistId',
};

for (const [path, names] of Object.entries(EXPORTS)) {
  test(`${path} exports what the contract lists`, async () => {
    const module = await import(path);
    const missing = names.trim().split(/\s+/).filter((name) => module[name] === undefined);
    assert.deepEqual(missing, []);
  });
}

test('what other platforms bind says that it is not here', async () => {
  const sdk = await import('../dist/index.js');
  for (const name of ['createObjectStorage', 'createEdgeCache', 'createVectorClient', 'createAnalytics', 'encryptSecret', 'decryptSecret']) {
    assert.throws(() => sdk[name](), { code: 'unsupported_in_sandbox' }, name);
  }
  for (const name of ['R2Storage', 'TemplateRegistry', 'DiscoveryService', 'WorkflowRegistry']) {
    assert.throws(() => new sdk[name](), { code: 'unsupported_in_sandbox' }, name);
  }
  assert.throws(() => sdk.D1.query('SELECT 1'), { code: 'unsupported_in_sandbox' });
});

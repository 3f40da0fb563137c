/** Stand-ins for testing a workflow's functions. */
export { createMockContext, createTestWorkflow, type MockContextOptions } from './testing/context.js';
export { createMockFetch, type MockAnswer } from './testing/fetch.js';
export { createExpiredTokens, createMockTokens, MockOAuthManager, type MockTokens } from './testing/oauth.js';
export { MockStorage } from './testing/storage.js';
export { createMockTrigger } from './testing/trigger.js';
export { expectError, waitFor } from './testing/expect.js';

// What asks the host: waits, services, retries, steps, caches, models.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import * as sdk from '../dist/index.js';
import { createExpiredTokens, createMockContext, createMockFetch, createMockTokens, createMockTrigger, createTestWorkflow, expectError, MockOAuthManager, MockStorage, waitFor } from '../dist/testing.js';
import { calls, host, refusal } from './host.mjs';

const realFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = realFetch;
  host();
});

/** Answers requests one after the other, the last one again and again; keeps what was asked. */
const answering = (...answers) => {
  const asked = [];
  globalThis.fetch = async (url, init = {}) => {
    asked.push({ url: String(url), method: init.method ?? 'GET', headers: Object.fromEntries(new Headers(init.headers)), body: init.body });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer instanceof Error) throw answer;
    const { status = 200, json, text = '', headers = {} } = answer;
    return new Response(json === undefined ? text : JSON.stringify(json), { status, headers: json === undefined ? headers : { 'content-type': 'application/json', ...headers } });
  };
  return asked;
};
const pauses = () => calls.filter((call) => call.kind === 'timer').map((call) => call.ms);

/** `env.KV` in memory. */
const memoryKV = () => {
  const entries = new Map();
  return {
    entries,
    get: async (key, type) => (entries.has(key) ? (type === 'json' ? JSON.parse(entries.get(key).value) : entries.get(key).value) : null),
    put: async (key, value, options) => void entries.set(key, { value, ttl: options?.expirationTtl }),
    delete: async (key) => void entries.delete(key),
    list: async ({ prefix = '' } = {}) => ({ keys: [...entries.keys()].filter((key) => key.startsWith(prefix)).map((name) => ({ name })), list_complete: true }),
  };
};

test('waits are calls of the host', async () => {
  host((kind) => ({ event: { name: 'paid', data: 1 }, approval: { approved: true, decided_by: 'usr_1' }, invoke: { ok: 1 } })[kind] ?? null);
  await sdk.sleep('3d');
  await sdk.delay(new Date(5));
  assert.deepEqual(await sdk.waitForEvent('paid', { match: { id: 7 }, timeout: '1h' }), { name: 'paid', data: 1 });
  assert.deepEqual(await sdk.approval({ title: 'Go?', timeout: '2d' }), { approved: true, decidedBy: 'usr_1', comment: undefined, timedOut: false });
  assert.deepEqual(await sdk.invoke('other', { a: 1 }), { ok: 1 });
  assert.deepEqual(calls, [
    { kind: 'timer', ms: 259_200_000 },
    { kind: 'timer', until: 5 },
    { kind: 'event', name: 'paid', match: { id: 7 }, timeout_ms: 3_600_000 },
    { kind: 'approval', title: 'Go?', timeout_ms: 172_800_000 },
    { kind: 'invoke', workflow: 'other', input: { a: 1 } },
  ]);
  await assert.rejects(sdk.sleep('soon'), /does not understand/);
});

test('a batch has one result for each item', async () => {
  host();
  const results = await sdk.batch([1, 2, 3], async (n) => { if (n === 2) throw refusal('no', 'invalid_input'); return n * 2; }, { concurrency: 2 });
  assert.deepEqual(results, [{ index: 0, ok: true, value: 2 }, { index: 1, ok: false, error: { message: 'no', code: 'invalid_input' } }, { index: 2, ok: true, value: 6 }]);
  assert.equal(calls.filter((call) => call.kind === 'batch.result').length, 3);
  await assert.rejects(sdk.batch([1], async () => { throw new Error('stop'); }, { onError: 'stop' }), /stop/);
});

test('http parses, throws and retries', async () => {
  host();
  const asked = answering({ json: { a: 1 } });
  const answer = await sdk.http.post('https://a.example/x?y=1#z', { query: { q: 'b c', none: undefined }, body: { b: 2 } });
  assert.deepEqual([answer.data, answer.status, answer.ok, answer.headers['content-type']], [{ a: 1 }, 200, true, 'application/json']);
  assert.deepEqual([asked[0].url, asked[0].method, asked[0].headers['content-type'], asked[0].body], ['https://a.example/x?y=1&q=b+c#z', 'POST', 'application/json', '{"b":2}']);
  answering({ status: 422, json: { why: 'x' } });
  await assert.rejects(sdk.http.get('https://a.example', { retry: { attempts: 5 } }), (e) => e instanceof sdk.HttpError && e.status === 422 && e.code === 'validation_error' && e.response.why === 'x');
  assert.deepEqual(pauses(), [], 'what was refused is not asked again');
  answering({ status: 500 }, { status: 500 }, { text: 'fine' });
  assert.equal((await sdk.http.get('https://a.example', { retry: { attempts: 3, backoff: 'linear', delay: 10 } })).data, 'fine');
  assert.deepEqual(pauses(), [10, 20]);
});

test('retries pause longer and longer, up to a limit', async () => {
  for (const [backoff, wanted] of [['exponential', [100, 200, 300]], ['linear', [100, 200, 300]], ['constant', [100, 100, 100]]]) {
    host();
    const seen = [];
    const failing = async ({ attempt, maxAttempts }) => { seen.push([attempt, maxAttempts]); throw new TypeError('down'); };
    await assert.rejects(sdk.withRetry(failing, { maxAttempts: 4, backoff, initialDelay: 100, maxDelay: 300, jitter: 0 }), /down/);
    assert.deepEqual([pauses(), seen.length, seen[3]], [wanted, 4, [4, 4]], backoff);
  }
  assert.deepEqual([new TypeError('x'), Object.assign(new Error(), { name: 'AbortError' }), { status: 500 }, { status: 429 }, { status: 404 }, new Error('x')].map(sdk.defaultShouldRetry), [true, true, true, true, false, false]);
  assert.deepEqual([429, 500, 404].map((status) => sdk.shouldRetryResponse({ status })), [true, true, false]);
});

test('answers that are worth another attempt get one', async () => {
  host();
  answering({ status: 503 }, { text: 'up' });
  assert.equal(await (await sdk.fetchWithRetry('https://a.example', {}, { jitter: 0 })).text(), 'up');
  assert.deepEqual(pauses(), [1_000]);
  answering({ status: 404 });
  assert.equal((await sdk.fetchWithRetry('https://a.example')).status, 404);
  const waited = [];
  const shouldRetry = sdk.createRateLimitAwareRetry({ maxWait: 5_000, onRateLimit: (ms) => waited.push(ms) });
  const limited = (seconds) => new Response('', { status: 429, headers: { 'retry-after': seconds } });
  assert.deepEqual([await shouldRetry(limited('3')), await shouldRetry(limited('9')), waited], [true, false, [3_000]]);
  assert.equal(sdk.parseRetryAfter(new Response('')), null);
});

test('clients wait once for a limit, and renew their token', async () => {
  host();
  const asked = answering({ status: 429, headers: { 'retry-after': '2' } }, { json: { ok: 1 } });
  assert.deepEqual(await new sdk.BaseHTTPClient({ baseUrl: 'https://a.example/v1/' }).getJson('/x'), { ok: 1 });
  assert.deepEqual([pauses(), asked[1].url, typeof asked[1].headers['x-correlation-id']], [[2_000], 'https://a.example/v1/x', 'string']);
  const renewed = answering({ status: 401 }, { json: { ok: 2 } });
  let refreshes = 0;
  const tokenRefresh = { refresh: async () => { refreshes += 1; return { accessToken: 'new' }; } };
  const client = new sdk.AuthenticatedHTTPClient({ baseUrl: 'https://a.example', accessToken: 'old', tokenRefresh });
  assert.deepEqual(await client.postJson('x', { a: 1 }), { ok: 2 });
  assert.deepEqual([renewed.map((r) => r.headers.authorization), refreshes], [['Bearer old', 'Bearer new'], 1]);
  const soon = new sdk.AuthenticatedHTTPClient({ baseUrl: 'https://a.example', accessToken: 'old', tokenRefresh: { ...tokenRefresh, expiresAt: Date.now() + 60_000 } });
  await soon.get('y');
  assert.equal(refreshes, 2, 'five minutes before it expires');
});

test('traces go from service to service', async () => {
  const headers = sdk.createTraceHeaders('t1');
  assert.deepEqual([headers[sdk.TRACE_ID_HEADER], sdk.getTraceId(new Headers(headers)), sdk.propagateTrace({ a: 'b' }, 't1')], ['t1', 't1', { a: 'b', 'X-Trace-ID': 't1' }]);
  const root = sdk.createTraceContext(headers);
  const child = sdk.createChildSpan(root, 'part');
  assert.deepEqual([child.traceId, child.parentSpanId], ['t1', root.spanId]);
  assert.equal((await sdk.timed(async () => 5)).result, 5);
  assert.equal(typeof sdk.createTimer().elapsed(), 'number');
});

test('steps of an earlier run are not repeated', async () => {
  const storage = new MockStorage();
  const id = sdk.generateExecutionId('wf', 'evt', '2024-01-05');
  assert.equal(id, 'wf:evt:2024-01-05');
  const first = sdk.createStepExecutor(storage, id);
  assert.equal(await first.step('a', () => 1), 1);
  await assert.rejects(first.step('b', () => { throw new Error('down'); }), /down/);
  const { steps, completed } = storage.snapshot()[`execution:${id}`];
  assert.deepEqual([steps.a.status, steps.a.result, steps.b.status, steps.b.error, completed], ['completed', 1, 'failed', 'down', false]);
  const second = sdk.createStepExecutor(storage, id, { throwOnFailure: false });
  assert.equal(await second.step('a', () => { throw new Error('again'); }), 1);
  assert.equal(await second.step('c', () => { throw new Error('x'); }), undefined);
  assert.equal(await second.step('b', () => 2), 2);
  assert.equal(await second.stepIf(false, 'd', () => 3), undefined);
  const progress = await second.getProgress();
  assert.deepEqual([progress.completedSteps.sort(), progress.failedSteps, progress.pendingSteps, progress.isComplete], [['a', 'b'], ['c'], [], false]);
  await second.complete();
  assert.equal((await second.getProgress()).isComplete, true);
  await second.reset();
  assert.equal(await storage.get(`execution:${id}`), null);
});

test('caches and stores over env.KV', async () => {
  const kv = memoryKV();
  const cache = sdk.createCache(kv, 'c');
  await cache.set('a', { n: 1 }, { ttl: 60, tags: ['t'] });
  await cache.set('b', 2, { tags: ['t'] });
  assert.deepEqual([await cache.get('a'), await cache.get('none'), await cache.has('a'), kv.entries.get('c:a').ttl], [{ n: 1 }, null, true, 60]);
  assert.deepEqual([await cache.getOrSet('a', () => 9), await cache.getOrSet('c', async () => 3), await cache.get('c')], [{ n: 1 }, 3, 3]);
  await cache.invalidateByTag('t');
  assert.deepEqual([await cache.get('a'), await cache.get('b'), await cache.get('c')], [null, null, 3]);
  const store = sdk.createKVStorage(kv, 's');
  await store.put('x', { y: 1 });
  assert.deepEqual([await store.get('x'), await store.get('z'), await store.keys(), await store.has('x')], [{ y: 1 }, null, ['x'], true]);
});

test('models answer with results and never throw', async () => {
  const runs = [];
  const AI = { run: async (model, input) => (runs.push({ model, ...input }), input.text ? { shape: [1, 2], data: [[1, 2]] } : { response: ' {"a": 1} done', usage: { total_tokens: 3 } }) };
  const kv = memoryKV();
  const ai = sdk.createAIClient({ AI, KV: kv });
  const text = await ai.generateText({ prompt: 'p', system: 's', cache: true });
  assert.deepEqual([text.data.response, text.data.text, text.data.usage.total_tokens], [' {"a": 1} done', ' {"a": 1} done', 3]);
  assert.deepEqual(runs[0], { model: sdk.AIModels.LLAMA_3_8B, messages: [{ role: 'system', content: 's' }, { role: 'user', content: 'p' }], temperature: 0.7, max_tokens: 1024 });
  await ai.generateText({ prompt: 'p', system: 's', cache: true });
  assert.equal(runs.length, 1, 'cached');
  assert.deepEqual((await ai.for('extraction', 'quick').extractStructured('t', { a: 'number' })).data, { a: 1 });
  assert.deepEqual((await ai.generateEmbeddings({ text: 'x' })).data.embeddings, [[1, 2]]);
  const chained = await ai.chain(['one', 'two: {{previous}}']);
  assert.equal(chained.success, true);
  assert.ok(runs.at(-1).messages[0].content.startsWith('two:  {"a"'));
  assert.equal((await sdk.createAIClient({}).generateText({ prompt: 'p' })).error.code, 'ai_model_error');
  const broken = sdk.createAIClient({ AI: { run: async () => { throw new Error('down'); } } });
  assert.deepEqual([(await broken.generateText({ prompt: 'p' })).error.code, `${(await broken.generateText({ prompt: 'p' })).error}`], ['ai_model_error', 'down']);
});

test('Dribbble is asked through the host, by a handle', async () => {
  host(() => ({ success: true, data: [] }));
  await new sdk.Dribbble({ accessToken: 'handle' }).listShots({ perPage: 3 });
  assert.deepEqual(calls, [{ kind: 'integration', service: 'dribbble', operation: 'listShots', args: [{ perPage: 3 }] }]);
  assert.throws(() => new sdk.Dribbble({ accessToken: undefined }), TypeError);
});

test('stand-ins for tests', async () => {
  const context = createMockContext({ inputs: { a: 1 }, trigger: createMockTrigger('webhook', { id: 1 }, { service: 'zoom' }) });
  assert.deepEqual([context.inputs === context.config, context.trigger.payload === context.trigger.data, context.trigger.service], [true, true, 'zoom']);
  assert.equal((await context.integrations.ai.generateText('x')).error.code, 'ai_model_error');
  await context.storage.put('k', { n: 1 });
  const copy = await context.storage.get('k');
  copy.n = 2;
  assert.deepEqual([await context.storage.get('k'), await context.storage.get('none')], [{ n: 1 }, null]);
  assert.deepEqual(await createTestWorkflow().execute(context), { success: true });
  const mock = createMockFetch({ 'https://a.example/': { json: { ok: 1 } }, 'https://a.example/bad': { ok: false } });
  assert.deepEqual([await (await mock('https://a.example/x')).json(), (await mock('https://a.example/bad')).status, mock.calls.length], [{ ok: 1 }, 500, 2]);
  const oauth = new MockOAuthManager();
  oauth.setTokens('zoom', createExpiredTokens());
  assert.ok((await oauth.refreshTokens('zoom')).expiresAt > Date.now() && createMockTokens().expiresAt > Date.now());
  let n = 0;
  await waitFor(() => (n += 1) > 2);
  assert.equal((await expectError(() => { throw new Error('the reason'); }, 'reason')).message, 'the reason');
  await assert.rejects(expectError(() => {}), /none was thrown/);
});

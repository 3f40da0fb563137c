//! The pure helpers of the SDK.

use serde_json::json;

use crate::harness::with_sdk;

#[test]
fn triggers_check_what_they_are_given() {
    let out = with_sdk(
        "webhook, schedule, cron, poll, describeTrigger, isWebhookTrigger, isPollTrigger",
        "const tell = (f) => { try { f(); return 'accepted'; } catch (e) { return e.message; } };
         return [schedule('0 9 * * *', { timezone: 'Europe/Berlin' }), cron({ schedule: '{{inputs.a}}' }), cron === schedule, manual({ description: 'd' }), poll({ interval: '15min' }), webhook({ service: 'zoom', events: ['a'] }),
           tell(() => schedule({})), tell(() => schedule('0 9 * *')), tell(() => webhook({})), tell(() => webhook({ service: 'a', path: 'b' })), tell(() => poll({ interval: 59 })), tell(() => poll({ interval: 60 })),
           isWebhookTrigger({ type: 'webhook' }), isPollTrigger({ type: 'manual' }), describeTrigger(webhook({ service: 'zoom', event: 'meeting.ended' }))];"
            .replace("manual({", "({ type: 'manual', ...{").replace("'d' })", "'d' } })").as_str(),
    );
    assert_eq!(
        out.unwrap(),
        json!([
            { "type": "schedule", "cron": "0 9 * * *", "timezone": "Europe/Berlin" }, { "type": "schedule", "cron": "{{inputs.a}}" }, true,
            { "type": "manual", "description": "d" }, { "type": "poll", "interval": "15min" }, { "type": "webhook", "service": "zoom", "events": ["a"] },
            "schedule() requires a cron expression: pass a string, or \"cron\" or \"schedule\" in the options",
            "Invalid cron expression \"0 9 * *\": expected 5 fields, got 4",
            "webhook() requires either \"service\" or \"path\"", "webhook() takes either \"service\" or \"path\", not both",
            "poll() interval must be at least 60 seconds, got 59", "accepted", true, false, "When zoom sends meeting.ended",
        ])
    );
}

#[test]
fn results_and_errors_have_their_documented_form() {
    let out = with_sdk(
        "ActionResult, createActionResult, isActionResult, unwrapResult, getErrorMessage, hasErrorCode, IntegrationError, ErrorCode, toIntegrationError, getBreakdownSeverity",
        "const ok = ActionResult.success({ a: 1 }, { integration: 'zoom', action: 'get', schema: 'zoom.meeting.v1' }); const bad = ActionResult.error('Gone', 'not_found');
         let thrown; try { unwrapResult(bad); } catch (e) { thrown = [e.message, e.code]; }
         const e = new IntegrationError(ErrorCode.RATE_LIMIT, 'slow', { integration: 'slack', retryAfterMs: 5 });
         return [ok.metadata.schema, isActionResult(ok), isActionResult({ success: true }), bad.data, bad.metadata.schema, `${bad.error}`, JSON.stringify(bad.error), thrown, getErrorMessage(bad), hasErrorCode(bad, 'not_found'),
           createActionResult({ success: false, error: 'x' }).error.code, createActionResult({ data: 2, integration: 'a', action: 'b' }).metadata.source,
           [e.code, e.category, e.isRetryable(), e.getMaxRetries(), e.getRetryAfterMs(), e instanceof Error, e.name], toIntegrationError('plain').code, toIntegrationError(Object.assign(new Error('m'), { code: 'timeout' })).category,
           ['auth_missing', 'timeout', 'rate_limited', 'provider_down', 'auth_expired', 'invalid_config'].map((c) => getBreakdownSeverity(new IntegrationError(c, ''))), new IntegrationError('auth_missing', '').requiresReauth()];",
    );
    assert_eq!(
        out.unwrap(),
        json!([
            "zoom.meeting.v1", true, false, null, "sdk.error.v1", "Gone", "{\"message\":\"Gone\",\"code\":\"not_found\"}", ["Gone", "not_found"], "Gone", true, "unknown",
            { "integration": "a", "action": "b" }, ["rate_limited", "rate_limit", true, 3, 5, true, "IntegrationError"], "unknown", "workflow",
            ["blocking", "silent", "ambient", "notification", "notification", "blocking"], true,
        ])
    );
}

#[test]
fn texts_lists_and_tables_are_transformed() {
    let out = with_sdk(
        "transform, sortBy, parseCSV, toCSV, slugify, truncate, template, groupBy, unique, chunk, formatDate, relativeTime, toCamelCase, titleCase, parseJSON, getByPath, mergeConfigs, ConfigBuilder, extractResourceId",
        "const people = [{ n: 'b', a: 2 }, { n: 'a', a: 2 }, { n: 'c' }, { n: 'd', a: 1 }];
         return [transform.sortBy === sortBy, sortBy(people, 'a').map((p) => p.n), sortBy(people, (p) => p.n, 'desc').map((p) => p.n), Object.keys(groupBy(people, 'a')), unique([1, 1, 2]), chunk([1, 2, 3], 2),
           parseCSV('a,b\\r\\n1,\"x, \"\"y\"\"\\nz\"\\n\\n2,'), parseCSV('1;2', { delimiter: ';', headers: false }), toCSV([{ a: 'x,y', b: null }, { a: 'q\"', c: 1 }]),
           slugify('  Grüße aus Köln! '), truncate('abcdefgh', 6), truncate('abc', 3), template('{{ a }}-{{b.c}}-{{no}}', { a: 1, b: { c: 2 } }), toCamelCase('some_field-name'), titleCase('hello wide-open WORLD'),
           formatDate('2024-01-05T09:03:07Z', 'D.M.YY HH:mm:ss / YYYY-MM-DD'), relativeTime(Date.now() - 3 * 60000), relativeTime(Date.now() + 86400000 + 5000), parseJSON('{', 'no'), getByPath({ a: { b: 0 } }, 'a.b'),
           mergeConfigs({ a: { b: 1, c: 2 } }, { a: { c: 3 }, d: undefined }), new ConfigBuilder().set('x.y', 1).defaults({ x: { y: 9, z: 2 } }).build(), extractResourceId({ db: { resourceId: 5 } }, 'db')];",
    );
    assert_eq!(
        out.unwrap(),
        json!([
            true, ["d", "b", "a", "c"], ["d", "c", "b", "a"], ["1", "2", "undefined"], [1, 2], [[1, 2], [3]],
            [{ "a": "1", "b": "x, \"y\"\nz" }, { "a": "2", "b": "" }], [["1", "2"]], "a,b,c\n\"x,y\",,\n\"q\"\"\",,1",
            "grusse-aus-koln", "abc...", "abc", "1-2-", "someFieldName", "Hello Wide-Open World",
            "5.1.24 09:03:07 / 2024-01-05", "3 minutes ago", "in 1 day", "no", 0,
            { "a": { "b": 1, "c": 3 } }, { "x": { "y": 1, "z": 2 } }, "5",
        ])
    );
}

#[test]
fn durations_versions_and_ids_are_read() {
    let out = with_sdk(
        "parseDurationMs, isValidDuration, generateId, extractPlaylistId, normalizeVersion, compareVersions, bumpVersion, getNextVersion, isNewerVersion, formatVersionFull, detectBreakingChanges, getMigrationHints, createBreakingChangeSummary, getWorkflowId",
        "const changes = detectBreakingChanges({ inputs: { a: { type: 'text' }, b: { type: 'select', options: ['x', 'y'] } }, integrations: ['zoom'] }, { inputs: { b: { type: 'select', options: ['x'] }, c: { type: 'text', required: true } }, integrations: ['zoom', { service: 'slack', optional: true }] });
         return [['30m', '2h', '7d', '2w', '1.5s', '10', 'x', ''].map((t) => parseDurationMs(t) ?? null), isValidDuration('3d'), /^wf_[0-9a-z]+_[0-9a-z]{6}$/.test(generateId('wf')),
           ['PLabc_1', 'https://www.youtube.com/watch?v=1&list=PLxyz-2&t=3', 'https://example.com/?list=RD9', 'nothing'].map(extractPlaylistId),
           ['v1', '1.2', '1.2.3', 'v2.0.1-rc.1', 'x'].map(normalizeVersion), compareVersions('1.10.0', '1.9.9'), bumpVersion('1.2.3', 'minor'), getNextVersion('1.2.3', true, true), isNewerVersion('v2', '1.9'), formatVersionFull(3, '1.2.0'),
           changes.map((c) => [c.kind, c.subject, c.breaking]), getMigrationHints(changes).length, createBreakingChangeSummary(changes).summary, getWorkflowId({ name: 'My  Flow' }), getWorkflowId({ metadata: { id: 'm' }, name: 'x' })];",
    );
    assert_eq!(
        out.unwrap(),
        json!([
            [1_800_000, 7_200_000, 604_800_000, 1_209_600_000, 1500, null, null, null], true, true, ["PLabc_1", "PLxyz-2", "RD9", null],
            ["1.0.0", "1.2.0", "1.2.3", "2.0.1", null], 1, "1.3.0", "2.0.0", true, "v3 (1.2.0)",
            [["input_removed", "a", true], ["option_removed", "b", true], ["input_added", "c", true], ["integration_added", "slack", false]], 3, "4 changes, 3 breaking", "my-flow", "m",
        ])
    );
}

#[test]
fn providers_payloads_are_read() {
    let out = with_sdk(
        "Typeform, Calendly, Dribbble",
        "globalThis.answer = (kind, args) => ({ success: true, data: args });
         const form = { answers: [{ field: { ref: 'name', id: '1' }, type: 'text', text: 'Ann' }, { field: { id: '2' }, type: 'choice', choice: { label: 'Red' } }, { field: { ref: 'c' }, type: 'choices', choices: { labels: ['a'] } }, { field: { ref: 'd' }, type: 'matrix', x: 1 }], hidden: { utm: 'q' }, calculated: { score: 7 } };
         const meeting = Calendly.extractMeetingDetails({ event: 'invitee.created', payload: { name: 'Bo', email: 'b@example.com', status: 'active', scheduled_event: { name: 'Intro', start_time: 's', end_time: 'e', location: { join_url: 'j' } }, questions_and_answers: [{ question: 'Q', answer: 'A' }] } });
         const canceled = Calendly.extractMeetingDetails({ event: 'invitee.canceled', payload: {} });
         let missing; try { new Dribbble({ accessToken: undefined }); } catch (e) { missing = e.name; }
         return [Typeform.extractAnswers(form), [meeting.inviteeName, meeting.joinUrl, meeting.location, meeting.questionsAndAnswers, meeting.isCanceled], [canceled.isCanceled, canceled.inviteeName, canceled.cancelUrl],
           (await new Dribbble({ accessToken: 'h' }).listShots({ perPage: 2 })).data, Dribbble.extractShotDetails({ id: 1, title: 't', images: { normal: 'n' }, width: 4, height: 3, published_at: '2024-01-01T00:00:00Z' }).dimensions, missing];",
    );
    assert_eq!(
        out.unwrap(),
        json!([
            { "name": "Ann", "2": "Red", "c": ["a"], "d": { "field": { "ref": "d" }, "type": "matrix", "x": 1 }, "hidden_utm": "q", "_score": 7 },
            ["Bo", "j", null, { "Q": "A" }, false], [true, "", null],
            { "service": "dribbble", "operation": "listShots", "args": [{ "perPage": 2 }] }, { "width": 4, "height": 3 }, "TypeError",
        ])
    );
}

#[test]
fn models_answer_with_results_and_never_throw() {
    let out = with_sdk(
        "createAIClient, AIModels",
        "const asked = []; const env = { AI: { run: async (model, input) => { asked.push([model, input.messages.length, input.max_tokens]); return { response: 'Here: {\"a\": 1} done' }; } } };
         const ai = createAIClient(env); const text = await ai.generateText({ prompt: 'p', system: 's', max_tokens: 5 });
         const none = await createAIClient({}).generateText({ prompt: 'p' }); const failing = await createAIClient({ AI: { run: async () => { throw new Error('busy'); } } }).translateText({ text: 'x', target: 'de' });
         const extracted = await ai.for('extraction', 'quick').extractStructured('t', { a: 'number' }); const chained = await ai.chain(['one', 'two {{previous}}']);
         const pieces = []; for await (const piece of ai.streamText({ prompt: 'p' })) pieces.push(piece);
         return [text.success, text.data.response, asked[0], none.error.code, failing.error.message, extracted.data, chained.success, pieces.length, AIModels.WHISPER];",
    );
    assert_eq!(
        out.unwrap(),
        json!([true, "Here: {\"a\": 1} done", ["@cf/meta/llama-3-8b-instruct", 2, 5], "ai_model_error", "busy", { "a": 1 }, true, 1, "@cf/openai/whisper"])
    );
}

#[test]
fn caches_and_stores_over_kv_work() {
    let out = with_sdk(
        "createCache, createKVStorage, createVectorClient, R2Storage",
        "const data = new Map(); const ttl = [];
         const kv = { get: async (k, type) => { const v = data.get(k) ?? null; return v !== null && type === 'json' ? JSON.parse(v) : v; }, put: async (k, v, o) => { data.set(k, v); ttl.push(o?.expirationTtl ?? 0); }, delete: async (k) => { data.delete(k); },
           list: async ({ prefix = '', cursor }) => { const all = [...data.keys()].filter((k) => k.startsWith(prefix) && (!cursor || k > cursor)).sort(); const keys = all.slice(0, 1); return { keys: keys.map((name) => ({ name })), list_complete: all.length <= 1, cursor: keys[0] }; } };
         const cache = createCache(kv, 'c'); let made = 0;
         await cache.set('x', { v: 1 }, { ttl: 60, tags: ['t'] }); await cache.set('y', 2, { tags: ['t', 'u'] });
         const got = [await cache.get('x'), await cache.getOrSet('z', () => { made++; return 0; }), await cache.getOrSet('z', () => { made++; return 5; }), await cache.get('no')];
         await cache.invalidateByTag('t');
         const store = createKVStorage(kv, 's'); await store.put('k:1', [1]); await store.set('k:2', 'x');
         const why = []; for (const f of [() => createVectorClient(), () => new R2Storage()]) { try { f(); } catch (e) { why.push(e.code); } }
         return [got, made, [await cache.has('x'), await cache.has('y'), await cache.has('z')], ttl.slice(0, 3), await store.keys(), await store.get('k:1'), await store.get('none'), why];",
    );
    assert_eq!(
        out.unwrap(),
        json!([[{ "v": 1 }, 0, 0, null], 1, [false, false, true], [60, 60, 0], ["k:1", "k:2"], [1], null, ["unsupported_in_sandbox", "unsupported_in_sandbox"]])
    );
}

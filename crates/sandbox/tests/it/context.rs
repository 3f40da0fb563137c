//! The context that handlers get.

use crate::support::{args, completed, failed, opening_with, play, pool, program, value, workflow};
use millrace_sandbox::{Call, Open, Outcome, SandboxError};
use serde_json::{Value, json};

fn full() -> Value {
    json!({
        "trigger": {"type": "webhook", "service": "zoom", "event": "meeting.ended", "data": {"object": {"id": 7}}, "timestamp": 5},
        "inputs": {"slackChannel": "C1", "slack_channel": "C1"},
        "integrations": {
            "zoom": {"service": "zoom", "operations": ["getMeeting", "getMeetings"], "account": {"email": "a@b.c"}},
            "notion": {"service": "notion", "operations": ["pages.create", "databases.query"], "access_token": "handle:notion"},
            "linear": {"service": "linear", "operations": ["issues", "issues.create", "issues.list"]},
            "google-sheets": {"service": "google-sheets", "operations": ["spreadsheets.values.get"]},
        },
        "aliases": {"googleSheets": "google-sheets", "googleDrive": "google-drive"},
        "env": {"BASE_URL": "https://x.test"},
        "ai": true,
        "runId": "run_9", "userId": "usr_1", "installationId": "inst_1", "organizationId": "org_1", "workflowId": "wf_1",
    })
}

async fn run(body: &str, context: Value, answer: impl FnMut(&Call) -> Outcome) -> (Value, Vec<(String, Value)>) {
    let pool = pool().await;
    let trace = play(&pool, workflow(body), opening_with(context), answer).await.unwrap();
    let calls = trace.turn.calls.iter().map(|call| (call.kind.clone(), args(call))).collect();
    (completed(&trace.turn), calls)
}

fn ok(value: Value) -> Outcome {
    Outcome::Value(value.to_string())
}

#[tokio::test]
async fn the_context_has_what_modules_read() {
    let body = "const { trigger, inputs, config, env, integrations } = ctx;
        return [trigger.payload === trigger.data, trigger.data.object.id, trigger.event, inputs === config, inputs.slackChannel, env.BASE_URL, env.NOPE === undefined,
            typeof env.KV.get, typeof env.AI.run, ctx.runId, ctx.userId, ctx.installationId, ctx.organizationId, ctx.workflowId,
            ctx.context.storage === ctx.storage, ctx.context.config === inputs, Object.keys(integrations), integrations.zoom.account.email,
            integrations.googleSheets === integrations['google-sheets'], integrations.googleDrive === undefined, integrations.slack === undefined,
            integrations.notion.accessToken, typeof ctx.log.info, typeof ctx.actions.execute];";
    let (result, _) = run(body, full(), |_| ok(json!(null))).await;
    assert_eq!(
        result,
        json!([
            true, 7, "meeting.ended", true, "C1", "https://x.test", true, "function", "function", "run_9", "usr_1", "inst_1", "org_1", "wf_1",
            true, true, ["zoom", "notion", "linear", "google-sheets"], "a@b.c", true, true, true, "handle:notion", "function", "function"
        ])
    );
}

#[tokio::test]
async fn an_empty_descriptor_still_makes_a_context() {
    let body = "return [ctx.trigger.type, ctx.trigger.data, ctx.inputs, ctx.env.AI === undefined, (await ctx.integrations.ai.generateText({ prompt: 'x' })).error.code, ctx.runId];";
    let (result, calls) = run(body, json!({}), |_| ok(json!(null))).await;
    assert_eq!(result, json!(["manual", {}, {}, true, "ai_model_error", ""]));
    assert!(calls.is_empty(), "without a model nothing is asked");
}

#[tokio::test]
async fn integration_methods_become_calls() {
    let body = "const { zoom, notion, linear, googleSheets } = ctx.integrations;
        await zoom.getMeeting(7);
        await notion.pages.create({ parent: { database_id: 'd' }, when: new Date(0), gone: undefined });
        await linear.issues({ filter: 1 });
        await linear.issues.create({ title: 't' });
        await googleSheets.spreadsheets.values.get({ range: 'A1' });
        return typeof notion.pages.nope;";
    let (result, calls) = run(body, full(), |_| ok(json!({"success": true, "data": {}}))).await;
    assert_eq!(result, json!("undefined"));
    let expected = [
        json!({"service": "zoom", "operation": "getMeeting", "args": [7]}),
        json!({"service": "notion", "operation": "pages.create", "args": [{"parent": {"database_id": "d"}, "when": "1970-01-01T00:00:00.000Z"}]}),
        json!({"service": "linear", "operation": "issues", "args": [{"filter": 1}]}),
        json!({"service": "linear", "operation": "issues.create", "args": [{"title": "t"}]}),
        json!({"service": "google-sheets", "operation": "spreadsheets.values.get", "args": [{"range": "A1"}]}),
    ];
    assert_eq!(calls, expected.map(|args| ("integration".to_owned(), args)));
}

#[tokio::test]
async fn hidden_members_serve_every_way_of_reading_a_list() {
    let body = "const r = await ctx.integrations.notion.databases.query({});
        return [r.data.length, r.data.results === r.data, r.data.results[1].id, r.data.has_more, r.data.next_cursor, Object.keys(r.data), JSON.stringify(r.data), 'hidden' in r, 'error' in r];";
    let outcome = json!({"success": true, "data": [{"id": 1}, {"id": 2}], "error": null, "metadata": {}, "capabilities": {},
        "hidden": {"results": "$self", "has_more": true, "next_cursor": "c"}});
    let (result, _) = run(body, full(), |_| ok(outcome.clone())).await;
    assert_eq!(result, json!([2, true, 2, true, "c", ["0", "1"], r#"[{"id":1},{"id":2}]"#, false, false]));
}

#[tokio::test]
async fn members_of_items_serve_every_way_of_reading_them() {
    let body = "const [timed, day, bare] = (await ctx.integrations.notion.databases.query({})).data;
        return [`${timed.start}`, timed.start.dateTime, new Date(timed.start).toISOString(), timed.allDay, `${day.start}`, day.start.date,
            day.allDay, bare.allDay, timed.labels.some((l) => l.name === 'x'), timed.labels.nodes === timed.labels, JSON.stringify([timed, day])];";
    let outcome = json!({"success": true, "data": [
        {"start": {"dateTime": "2024-05-20T09:00:00+02:00"}, "labels": [{"name": "x"}]}, {"start": {"date": "2024-05-20"}}, {}],
        "hidden": {"items": "$self", "$members": {"start": {"text": ["dateTime", "date"]}, "labels": {"self": "nodes"}, "allDay": {"present": "start.date"}}}});
    let (result, _) = run(body, full(), |_| ok(outcome.clone())).await;
    let text = r#"[{"start":{"dateTime":"2024-05-20T09:00:00+02:00"},"labels":[{"name":"x"}]},{"start":{"date":"2024-05-20"}}]"#;
    assert_eq!(result, json!(["2024-05-20T09:00:00+02:00", "2024-05-20T09:00:00+02:00", "2024-05-20T07:00:00.000Z", false, "2024-05-20",
        "2024-05-20", true, false, true, true, text]));
}

#[tokio::test]
async fn text_results_are_strings_with_members() {
    let body = "const r = await ctx.integrations.ai.generateText({ system: 's', prompt: 'p', max_tokens: 5 });
        return [`${r.data}`, r.data.response, r.data.text, r.data.trim(), r.data.usage.total, JSON.stringify({ d: r.data }), r.success, r.metadata.source.integration];";
    let (result, calls) = run(body, full(), |_| ok(json!({"text": " hi ", "usage": {"total": 3}}))).await;
    assert_eq!(result, json!([" hi ", " hi ", " hi ", "hi", 3, r#"{"d":" hi "}"#, true, "ai"]));
    let messages = json!([{"role": "system", "content": "s"}, {"role": "user", "content": "p"}]);
    assert_eq!(calls, [("ai".to_owned(), json!({"messages": messages, "max_tokens": 5}))]);
    let body = "const r = await ctx.integrations.zoom.getMeeting(1); return [`${r.data}`, r.data.response, JSON.stringify(r.data)];";
    let (result, _) = run(body, full(), |_| ok(json!({"success": true, "data": "x", "hidden": {"$text": true}}))).await;
    assert_eq!(result, json!(["x", "x", "\"x\""]));
}

#[tokio::test]
async fn model_failures_are_results_and_env_ai_throws() {
    let body = "const r = await ctx.integrations.workersAi.textGeneration({ prompt: 'p' });
        let thrown; try { await ctx.env.AI.run('m', { prompt: 'q' }); } catch (e) { thrown = e.code; }
        return [r.success, r.data, r.error.code, `${r.error}`, thrown];";
    let fail = |_: &Call| Outcome::Error(json!({"name": "Error", "message": "down", "code": "ai_model_error"}).to_string());
    let (result, calls) = run(body, full(), fail).await;
    assert_eq!(result, json!([false, null, "ai_model_error", "down", "ai_model_error"]));
    assert_eq!(calls[1], ("ai".to_owned(), json!({"messages": [{"role": "user", "content": "q"}], "model": "m"})));
}

#[tokio::test]
async fn texts_become_vectors() {
    let body = "const one = await ctx.integrations.ai.embeddings({ model: 'm', text: 'a' });
        const ran = await ctx.env.AI.run('m', { text: ['a', 'b'] });
        return [one.success, one.data.embeddings, one.metadata.schema, ran.shape, ran.data];";
    let answer = |call: &Call| {
        let texts = args(call)["texts"].as_array().unwrap().len();
        ok(json!({"embeddings": vec![json!([1, 2, 3]); texts]}))
    };
    let (result, calls) = run(body, full(), answer).await;
    assert_eq!(result, json!([true, [[1, 2, 3]], "ai.embeddings.v1", [2, 3], [[1, 2, 3], [1, 2, 3]]]));
    assert_eq!(calls, [("ai.embed".to_owned(), json!({"texts": ["a"]})), ("ai.embed".to_owned(), json!({"texts": ["a", "b"]}))]);
    let (result, calls) = run("return (await ctx.integrations.ai.embeddings({ text: 'a' })).error.code;", json!({}), |_| ok(json!(null))).await;
    assert_eq!((result, calls.len()), (json!("ai_model_error"), 0));
}

#[tokio::test]
async fn whatever_is_thrown_on_error_gets_an_error_with_its_code() {
    for (thrown, told) in [
        ("Object.assign(new Error('slow'), { code: 'rate_limited' })", json!([true, "slow", "rate_limited"])),
        ("'plain'", json!([true, "plain", null])),
        ("null", json!([true, "null", null])),
        ("{ message: 'odd', code: 7 }", json!([true, "odd", null])),
    ] {
        let code = format!(
            "export default {{ execute() {{ throw {thrown}; }}, async onError({{ error, storage }}) {{
                await storage.put('told', [error instanceof Error, error.message, error.code ?? null]); }} }};"
        );
        let pool = pool().await;
        let trace = play(&pool, program(&code), opening_with(json!({})), |_| ok(json!(null))).await.unwrap();
        assert_eq!(args(&trace.turn.calls[0])["value"], told, "{thrown}");
        failed(&trace.turn);
    }
}

#[tokio::test]
async fn on_error_may_say_that_trying_again_may_help() {
    for (answer, retryable) in [("({ retryable: true })", true), ("({ retryable: 1 })", false), ("true", false), ("null", false), ("Promise.reject(new Error('no'))", false)] {
        let code = format!("export default {{ execute() {{ throw new Error('down'); }}, onError(error, context) {{ context.log.info(String(error.error === error)); return {answer}; }} }};");
        let pool = pool().await;
        let trace = play(&pool, program(&code), opening_with(json!({})), |_| ok(json!(null))).await.unwrap();
        assert_eq!(trace.turn.logs[0].message, "true");
        assert_eq!(failed(&trace.turn).retryable, retryable, "{answer}");
    }
}

#[tokio::test]
async fn errors_of_results_read_as_text_and_as_objects() {
    let body = "const r = await ctx.integrations.zoom.getMeeting(1); return [`${r.error}`, r.error.code, JSON.stringify(r.error), new Error(r.error).message];";
    let outcome = json!({"success": false, "data": null, "error": {"message": "gone", "code": "not_found"}});
    let (result, _) = run(body, full(), |_| ok(outcome.clone())).await;
    assert_eq!(result, json!(["gone", "not_found", r#"{"message":"gone","code":"not_found"}"#, "gone"]));
}

#[tokio::test]
async fn storage_and_kv_speak_their_vocabulary() {
    let body = "const s = ctx.storage, kv = ctx.env.KV;
        return [await s.put('a', { b: 1 }), await s.get('a'), await s.has('a'), await s.keys(), await s.list({ prefix: 'p' }), await s.delete('a'), await s.set('u', undefined),
            await kv.put('k', 'v', { expirationTtl: 60 }), await kv.get('k'), await kv.get('k', 'json'), await kv.get('k', { type: 'json' }), await kv.list({ prefix: 'k' }), await kv.delete('k')];";
    let (result, calls) = run(body, json!({}), |call| {
        ok(match call.kind.as_str() {
            "storage.get" => json!({"b": 1}),
            "storage.has" => json!(true),
            "storage.keys" => json!(["a"]),
            "storage.list" => json!({"keys": [], "complete": true}),
            "kv.get" => json!("{\"j\":1}"),
            "kv.list" => json!({"keys": [{"name": "k"}], "list_complete": true}),
            _ => json!(null),
        })
    })
    .await;
    let listed = json!({"keys": [{"name": "k"}], "list_complete": true});
    assert_eq!(
        result,
        json!([null, {"b": 1}, true, ["a"], {"keys": [], "complete": true}, null, null, null, "{\"j\":1}", {"j": 1}, {"j": 1}, listed, null])
    );
    assert_eq!(calls[0], ("storage.set".to_owned(), json!({"key": "a", "value": {"b": 1}})));
    assert_eq!(calls[6], ("storage.set".to_owned(), json!({"key": "u", "value": null})));
    assert_eq!(calls[7], ("kv.put".to_owned(), json!({"key": "k", "value": "v", "ttl_seconds": 60})));
}

#[tokio::test]
async fn actions_find_custom_ones_first_and_then_operations_in_kebab_case() {
    let pool = pool().await;
    let code = "export default {
        customActions: { 'zoom.get-meeting': async (input, { config, storage, env }) => ['custom', input, config.slackChannel, typeof storage.get, env.BASE_URL] },
        async execute({ actions }) {
            const custom = await actions.execute('zoom.get-meeting', 1);
            await actions.execute('notion.pages.create', { a: 1 });
            await actions.execute('notion.databases-query', { b: 1 });
            await actions.execute('zoom.get-meetings', {});
            await actions.zoom.getMeeting(5);
            let unknown; try { await actions.execute('nope.nothing', {}); } catch (e) { unknown = [e.code, e.message]; }
            return { custom, unknown };
        } };";
    let trace = play(&pool, program(code), opening_with(full()), |_| ok(json!({"success": true}))).await.unwrap();
    assert_eq!(
        completed(&trace.turn),
        json!({"custom": ["custom", 1, "C1", "function", "https://x.test"], "unknown": ["UNKNOWN_ACTION", "Unknown action 'nope.nothing'"]})
    );
    let operations: Vec<_> = trace.turn.calls.iter().map(|call| args(call)["operation"].clone()).collect();
    assert_eq!(operations, [json!("pages.create"), json!("databases.query"), json!("getMeetings"), json!("getMeeting")]);
}

#[tokio::test]
async fn raw_requests_answer_like_fetch() {
    let body = "const r = await ctx.integrations.notion.request('/v1/x?a=1', { method: 'post', headers: { 'X-A': '1' }, body: { b: 2 } });
        return [r.ok, r.status, r.headers.get('content-type'), await r.json(), r.url];";
    let outcome = json!({"status": 201, "status_text": "Created", "url": "https://api/x", "redirected": false,
        "headers": [["Content-Type", "application/json"]], "body": {"text": "{\"y\":3}"}});
    let (result, calls) = run(body, full(), |_| ok(outcome.clone())).await;
    assert_eq!(result, json!([true, 201, "application/json", {"y": 3}, "https://api/x"]));
    let sent = json!({"service": "notion", "path": "/v1/x?a=1", "method": "POST", "headers": [["x-a", "1"]], "body": {"text": "{\"b\":2}"}});
    assert_eq!(calls, [("integration.request".to_owned(), sent)]);
}

#[tokio::test]
async fn on_error_gets_an_error_that_is_also_the_context() {
    let pool = pool().await;
    let code = "export default { execute() {}, async onError(first, second) {
        return [first instanceof Error, first.message, first.error === first, first.name, first.inputs.slackChannel, first.runId, second.error === first, second.inputs === first.inputs, first.stack]; } };";
    let mut context = full();
    context["error"] = json!({"name": "TypeError", "message": "boom", "stack": "    at execute (main.js:1:1)\n"});
    let open = Open { handler: "onError".into(), ..opening_with(context) };
    let (_, turn) = pool.open("tenant", program(code), open).await.unwrap();
    assert_eq!(completed(&turn), json!([true, "boom", true, "TypeError", "C1", "run_9", true, true, "    at execute (main.js:1:1)\n"]));
}

#[tokio::test]
async fn handlers_are_found_by_path() {
    let pool = pool().await;
    let program = program(
        "export default { tag: 'main', execute() { return this.tag; }, validateConfig(config, user) { return [config.a, user]; } };
         export const metadata = { migration: { script: async (old) => ({ ...old, moved: true }) } };
         export const second = { tag: 'second', execute() { return this.tag; }, customActions: { a: () => 'mine' }, async run({ actions }) { return actions.execute('a'); } };",
    );
    for (handler, context, result) in [
        ("execute", json!({}), json!("main")),
        ("second.execute", json!({}), json!("second")),
        ("second.run", json!({}), json!("mine")),
        ("validateConfig", json!({"args": [{"a": 1}, "usr_1"]}), json!([1, "usr_1"])),
        ("metadata.migration.script", json!({"args": [{"a": 1}]}), json!({"a": 1, "moved": true})),
    ] {
        let open = Open { handler: handler.into(), ..opening_with(context) };
        let (_, turn) = pool.open("tenant", program.clone(), open).await.unwrap();
        assert_eq!(completed(&turn), result, "{handler}");
    }
    let open = Open { handler: "onEnable".into(), ..opening_with(json!({})) };
    let missing = pool.open("tenant", program, open).await.unwrap_err();
    let SandboxError::Load(thrown) = missing else { panic!("{missing:?}") };
    assert_eq!(thrown.code.as_deref(), Some("HANDLER_MISSING"));
}

#[tokio::test]
async fn a_service_that_is_not_connected_throws_a_type_error() {
    let pool = pool().await;
    let open = opening_with(full());
    let (_, turn) = pool.open("tenant", workflow("return ctx.integrations.slack.chat.postMessage({});"), open).await.unwrap();
    assert_eq!(failed(&turn).name, "TypeError");
    let (_, turn) = pool.open("tenant", workflow("return [typeof process, typeof require, typeof Buffer];"), opening_with(full())).await.unwrap();
    assert_eq!(completed(&turn), json!(["undefined", "undefined", "undefined"]));
}

#[tokio::test]
async fn fetch_and_the_other_globals_work_in_a_jailed_child() {
    let pool = pool().await;
    let body = "const r = await fetch('https://x.test/a', { method: 'POST', headers: { A: 'b' }, body: 'hi' });
        return [r.status, await r.json(), new URL('https://a.b/c?d=1').searchParams.get('d'), new Date(0).toLocaleString('en-US', { timeZone: 'America/New_York' }),
            (1234.5).toLocaleString(), new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' }).format(1234.5), atob(btoa('x')),
            structuredClone({ a: new Map([[1, 2]]) }).a.get(1), new TextDecoder().decode(new TextEncoder().encode('é')), Intl.DateTimeFormat().resolvedOptions().timeZone];";
    let open = opening_with(json!({}));
    let (mut session, turn) = pool.open("tenant", workflow(body), open).await.unwrap();
    assert_eq!(args(&turn.calls[0])["url"], json!("https://x.test/a"));
    let outcome = json!({"status": 200, "status_text": "OK", "url": "https://x.test/a", "redirected": false, "headers": [], "body": {"text": "[1]"}});
    let turn = session.deliver(vec![value(1, outcome)]).await.unwrap();
    assert_eq!(
        completed(&turn),
        json!([200, [1], "1", "12/31/1969, 7:00:00 PM", "1,234.5", "$1,234.50", "x", 2, "é", "UTC"])
    );
}

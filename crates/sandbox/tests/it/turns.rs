//! Round trips: calls out, outcomes in, the end.

use crate::support::{args, completed, error, eval, failed, messages, once, open, opening, opening_with, play, pool, program, program_of, value, workflow};
use millrace_sandbox::{End, Outcome, SandboxError};
use serde_json::json;

#[tokio::test]
async fn a_workflow_without_calls_ends_in_its_first_turn() {
    let pool = pool().await;
    let turn = once(&pool, workflow("return { sum: ctx.inputs.a ?? 3, skipped: undefined };")).await;
    assert_eq!(completed(&turn), json!({"sum": 3}));
    assert!(turn.calls.is_empty() && turn.cpu_us > 0);
}

#[tokio::test]
async fn a_call_goes_out_and_its_outcome_comes_in() {
    let pool = pool().await;
    let (mut session, turn) = open(&pool, "const v = await ctx.storage.get('k'); return { v, at: Date.now() };").await;
    assert_eq!(turn.end, None);
    assert_eq!((turn.calls[0].seq, turn.calls[0].after, turn.calls[0].kind.as_str()), (1, 0, "storage.get"));
    assert_eq!(args(&turn.calls[0]), json!({"key": "k"}));
    let turn = session.deliver(vec![value(1, json!({"deep": [1, null]}))]).await.unwrap();
    assert_eq!(completed(&turn), json!({"v": {"deep": [1, null]}, "at": crate::support::NOW + 1000}));
}

#[tokio::test]
async fn concurrent_calls_are_asked_together_and_settle_in_the_order_of_delivery() {
    let pool = pool().await;
    let body = "const order = [];
        const all = await Promise.all(['a', 'b', 'c'].map(async (k) => { const v = await ctx.storage.get(k); order.push(k); return v; }));
        return { all, order };";
    let (mut session, turn) = open(&pool, body).await;
    assert_eq!(turn.calls.iter().map(|call| call.seq).collect::<Vec<_>>(), [1, 2, 3]);
    let turn = session.deliver(vec![value(3, json!("C")), value(1, json!("A"))]).await.unwrap();
    assert_eq!(turn.end, None);
    let turn = session.deliver(vec![value(2, json!("B"))]).await.unwrap();
    assert_eq!(completed(&turn), json!({"all": ["A", "B", "C"], "order": ["c", "a", "b"]}));
}

#[tokio::test]
async fn a_race_is_won_by_the_first_delivery() {
    let pool = pool().await;
    let body = "return Promise.race([ctx.storage.get('slow'), ctx.storage.get('fast')]);";
    let (mut session, _) = open(&pool, body).await;
    let turn = session.deliver(vec![value(2, json!("fast"))]).await.unwrap();
    assert_eq!(completed(&turn), json!("fast"));
}

#[tokio::test]
async fn calls_say_after_which_delivery_they_were_asked() {
    let pool = pool().await;
    let body = "await ctx.storage.get('a'); await ctx.storage.get('b'); await ctx.storage.get('c');";
    let (mut session, first) = open(&pool, body).await;
    let second = session.deliver(vec![value(1, json!(1)), value(2, json!(2))]).await;
    // The second delivery answers a call that is only asked because of the first.
    let second = second.unwrap();
    let after: Vec<_> = first.calls.iter().chain(&second.calls).map(|call| (call.seq, call.after)).collect();
    assert_eq!(after, [(1, 0), (2, 1), (3, 2)]);
}

#[tokio::test]
async fn a_failed_call_throws_an_error_of_its_kind_with_the_stack_of_the_call() {
    let pool = pool().await;
    let code = "async function ask(ctx) {\n  return ctx.storage.get('k');\n}\nexport default { async execute(ctx) {
        try { await ask(ctx); } catch (e) { return [e instanceof TypeError, e.name, e.message, e.code, e.data, e.stack.includes('main.js:2')]; } } };";
    let (mut session, _) = pool.open("tenant", program(code), opening()).await.unwrap();
    let outcome = json!({"name": "TypeError", "message": "no route", "code": "network_error", "data": {"a": 1}});
    let turn = session.deliver(vec![error(1, outcome)]).await.unwrap();
    assert_eq!(completed(&turn), json!([true, "TypeError", "no route", "network_error", {"a": 1}, true]));
}

#[tokio::test]
async fn an_error_of_an_unknown_kind_keeps_its_name() {
    let pool = pool().await;
    let (mut session, _) = open(&pool, "await ctx.storage.get('k');").await;
    let turn = session.deliver(vec![error(1, json!({"name": "QuotaError", "message": "full", "code": "quota"}))]).await.unwrap();
    let thrown = failed(&turn);
    assert_eq!((thrown.name.as_str(), thrown.message.as_str(), thrown.code.as_deref()), ("QuotaError", "full", Some("quota")));
}

#[tokio::test]
async fn a_thrown_error_is_reported_with_position_code_and_data() {
    let pool = pool().await;
    let code = "export default {\n  async execute() {\n    throw Object.assign(new RangeError('too far'), { code: 'E_FAR', data: { by: 3 } });\n  },\n};";
    let turn = once(&pool, program(code)).await;
    let thrown = failed(&turn);
    assert_eq!((thrown.name.as_str(), thrown.message.as_str()), ("RangeError", "too far"));
    assert_eq!((thrown.code.as_deref(), thrown.data.as_deref()), (Some("E_FAR"), Some(r#"{"by":3}"#)));
    assert!(thrown.stack.contains("main.js:3:"), "{}", thrown.stack);
}

#[tokio::test]
async fn results_follow_the_rules_of_json() {
    let pool = pool().await;
    assert_eq!(eval(&pool, "undefined").await, json!(null));
    assert_eq!(eval(&pool, "{ d: new Date(0), s: new String('x'), n: NaN, f() {}, u: undefined }").await, json!({"d": "1970-01-01T00:00:00.000Z", "s": "x", "n": null}));
    for (result, word) in [("1n", "BigInt"), ("(() => { const a = {}; a.a = a; return a; })()", "circular")] {
        let turn = once(&pool, workflow(&format!("return {result};"))).await;
        let thrown = failed(&turn);
        assert_eq!(thrown.code.as_deref(), Some("RESULT_NOT_JSON"));
        assert!(thrown.message.contains(word), "{}", thrown.message);
    }
}

#[tokio::test]
async fn an_outcome_for_a_call_that_was_not_made_means_another_path() {
    let pool = pool().await;
    let (mut session, _) = open(&pool, "await ctx.storage.get('k');").await;
    let result = session.deliver(vec![value(2, json!(1))]).await;
    assert!(matches!(result, Err(SandboxError::Diverged(_))), "{result:?}");
    assert_eq!(result.unwrap_err().code(), "NON_DETERMINISTIC");
    assert!(matches!(session.deliver(vec![]).await, Err(SandboxError::Protocol(_))), "the session is over");
}

#[tokio::test]
async fn the_second_outcome_of_a_call_means_another_path() {
    let pool = pool().await;
    let (mut session, _) = open(&pool, "await ctx.storage.get('k'); await ctx.storage.get('l');").await;
    let result = session.deliver(vec![value(1, json!(1)), value(1, json!(1))]).await;
    assert!(matches!(result, Err(SandboxError::Diverged(_))), "{result:?}");
}

#[tokio::test]
async fn a_timer_can_be_cleared_and_is_then_abandoned() {
    let pool = pool().await;
    let body = "const hits = [];
        const gone = setTimeout(() => hits.push('gone'), 60000);
        setTimeout((a, b) => hits.push(a + b), 350, 'x', 'y');
        clearTimeout(gone);
        await new Promise((resolve) => setTimeout(resolve, 500));
        return hits;";
    let (mut session, turn) = open(&pool, body).await;
    assert_eq!(turn.calls.iter().map(args).collect::<Vec<_>>(), [json!({"ms": 60000}), json!({"ms": 350}), json!({"ms": 500})]);
    assert_eq!(turn.abandoned, [1]);
    session.deliver(vec![value(2, json!(null))]).await.unwrap();
    let turn = session.deliver(vec![value(3, json!(null))]).await.unwrap();
    assert_eq!(completed(&turn), json!(["xy"]));
}

#[tokio::test]
async fn an_interval_asks_again_until_it_is_cleared() {
    let pool = pool().await;
    let body = "let n = 0; return new Promise((resolve) => { const id = setInterval(() => { n += 1; if (n === 3) { clearInterval(id); resolve(n); } }, 10); });";
    let trace = play(&pool, workflow(body), opening(), |_| Outcome::Value("null".into())).await.unwrap();
    assert_eq!(completed(&trace.turn), json!(3));
    assert_eq!(trace.turn.calls.len(), 3);
}

#[tokio::test]
async fn an_error_in_a_timer_is_logged_and_the_run_goes_on() {
    let pool = pool().await;
    let body = "setTimeout(() => { throw new Error('in a timer'); }, 1); await new Promise((r) => setTimeout(r, 2)); return 'fine';";
    let trace = play(&pool, workflow(body), opening(), |_| Outcome::Value("null".into())).await.unwrap();
    assert_eq!(completed(&trace.turn), json!("fine"));
    assert!(messages(&trace.turn)[0].starts_with("Uncaught error in a timer: Error: in a timer"));
}

#[tokio::test]
async fn a_rejection_that_nobody_handles_is_logged() {
    let pool = pool().await;
    let turn = once(&pool, workflow("Promise.reject(new Error('lost')); Promise.reject(1).catch(() => {}); await null; await null; return 1;")).await;
    assert_eq!(completed(&turn), json!(1));
    // The run ended in the same step, so the line comes only when it goes on; here it must not be invented.
    let (_, turn) = open(&pool, "Promise.reject(new Error('lost')); Promise.reject(1).catch(() => {}); await ctx.storage.get('k');").await;
    assert_eq!(turn.logs.len(), 1);
    assert!(turn.logs[0].message.starts_with("Unhandled promise rejection: Error: lost"), "{:?}", turn.logs);
    assert_eq!(turn.logs[0].level, "error");
}

#[tokio::test]
async fn logs_carry_level_time_text_and_data() {
    let pool = pool().await;
    let body = "console.log('hello', { a: [1, 'x'] }, 7, null, undefined);
        console.warn('%s has %d', 'it', 3, 'more');
        console.error(new TypeError('bad'));
        ctx.log.info('with data', { id: 5 });
        const loop = {}; loop.self = loop; console.debug(loop, new Map([[1, { b: 2 }]]), new Set(['s']), () => 1, 5n, Symbol('q'));";
    let turn = once(&pool, workflow(body)).await;
    let lines = messages(&turn);
    assert_eq!(lines[0], r#"hello {"a":[1,"x"]} 7 null undefined"#);
    assert_eq!(lines[1], "it has 3 more");
    assert_eq!(lines[2], "TypeError: bad\n    at execute (main.js:3:27)");
    assert_eq!((lines[3], turn.logs[3].data.as_deref()), ("with data", Some(r#"{"id":5}"#)));
    assert_eq!(lines[4], r#"{"self":[Circular]} Map(1) {1 => {"b":2}} Set(1) {"s"} [Function] 5n Symbol(q)"#);
    let levels: Vec<_> = turn.logs.iter().map(|line| line.level.as_str()).collect();
    assert_eq!(levels, ["info", "warn", "error", "info", "debug"]);
    assert_eq!(turn.logs.iter().map(|line| line.n).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert!(turn.logs.iter().all(|line| line.now_ms == crate::support::NOW));
}

#[tokio::test]
async fn modules_import_each_other_by_exact_name() {
    let pool = pool().await;
    let program = program_of(&[
        ("main.js", "import { two } from './lib/two.js'; import one from 'one'; export default { execute: async () => one + two };"),
        ("./lib/two.js", "import one from 'one'; export const two = one + 1;"),
        ("one", "export default 1;"),
    ]);
    assert_eq!(completed(&once(&pool, program).await), json!(3));
}

#[tokio::test]
async fn the_host_module_is_for_the_sdk_only() {
    let pool = pool().await;
    let sdk = "import { call, once, now, newId, continueWith } from 'millrace:host';
        export const sleep = (ms) => call('timer', { ms });
        export const atMostOnce = (work) => once(work);
        export const event = (name) => call('event', { name }, { once: true });
        export { now, newId, continueWith };";
    let user = "import { sleep, atMostOnce, event, now, newId } from '@millrace/sdk';
        export default { async execute(ctx) {
            await sleep(5);
            const got = await atMostOnce(async () => { await ctx.storage.put('a', 1); return ctx.storage.get('a'); });
            await ctx.storage.get('after');
            await event('e');
            return { got, now: now(), id: newId() };
        } };";
    let program = program_of(&[("main.js", user), ("@millrace/sdk", sdk)]);
    let trace = play(&pool, program, opening(), |_| Outcome::Value("\"v\"".into())).await.unwrap();
    let once: Vec<_> = trace.turn.calls.iter().map(|call| (call.kind.as_str(), call.once)).collect();
    assert_eq!(once, [("timer", false), ("storage.set", true), ("storage.get", true), ("storage.get", false), ("event", true)]);
    let result = completed(&trace.turn);
    assert_eq!((&result["got"], &result["now"]), (&json!("v"), &json!(crate::support::NOW + 5000)));
    assert_eq!(result["id"].as_str().unwrap().len(), 36);

    let thief = program_of(&[("main.js", "import { call } from 'millrace:host'; export default { execute: async () => call };")]);
    let refused = pool.open("tenant", thief, opening()).await.unwrap_err();
    let SandboxError::Load(thrown) = refused else { panic!("{refused:?}") };
    assert!(thrown.message.contains("'millrace:host', imported by 'main.js', is not part of this workflow"), "{thrown}");
    let sneaky = workflow("return import('millrace:host').then(() => 'in', (e) => e.message);");
    assert!(completed(&self::once(&pool, sneaky).await).as_str().unwrap().contains("is not part of this workflow"));
}

#[tokio::test]
async fn a_run_can_go_on_in_a_fresh_journal() {
    let pool = pool().await;
    let sdk = "export { continueWith } from 'millrace:host';";
    let user = "import { continueWith } from '@millrace/sdk';
        export default { async execute(ctx) { if (ctx.state?.n > 1) return ctx.state; return continueWith({ n: 2 }); } };";
    let program = program_of(&[("main.js", user), ("@millrace/sdk", sdk)]);
    let turn = once(&pool, program.clone()).await;
    assert_eq!(turn.end, Some(End::ContinueWith(r#"{"n":2}"#.into())));
    let (_, turn) = pool.open("tenant", program, opening_with(json!({"state": {"n": 2}}))).await.unwrap();
    assert_eq!(completed(&turn), json!({"n": 2}));
}

#[tokio::test]
async fn host_calls_at_the_top_level_of_a_module_are_refused() {
    let pool = pool().await;
    let code = "let got; try { setTimeout(() => {}, 1); } catch (e) { got = e.code; } export default { execute: async () => got };";
    assert_eq!(completed(&once(&pool, program(code)).await), json!("HOST_CALL_NOT_POSSIBLE"));
}

#[tokio::test]
async fn a_module_that_cannot_be_loaded_is_a_load_error_with_its_position() {
    let pool = pool().await;
    for (code, name, place) in [
        ("export default {\n  execute( {\n};", "SyntaxError", "main.js:"),
        ("const a = 1;\nthrow new TypeError('at the top');", "TypeError", "main.js:2:"),
        ("import './nowhere.js'; export default {};", "ReferenceError", ""),
        ("export const a = 1;", "TypeError", ""),
        ("await new Promise(() => {}); export default { async execute() {} };", "Error", ""),
    ] {
        let refused = pool.open("tenant", program(code), opening()).await.unwrap_err();
        let SandboxError::Load(thrown) = refused else { panic!("{code}: {refused:?}") };
        assert_eq!(thrown.name, name, "{code}: {thrown:?}");
        assert!(thrown.stack.contains(place), "{code}: {thrown:?}");
    }
}

#[tokio::test]
async fn a_turn_may_be_larger_than_a_frame() {
    let pool = pool().await;
    let body = "for (let i = 0; i < 10; i += 1) ctx.storage.put('k' + i, 'x'.repeat(2 << 20));
        for (let i = 0; i < 900; i += 1) console.log('y'.repeat(7000));
        await ctx.storage.get('k'); return 'z'.repeat(12 << 20);";
    let (mut session, turn) = open(&pool, body).await;
    assert_eq!((turn.calls.len(), turn.logs.len()), (11, 900));
    assert!(turn.calls.iter().zip(1..).all(|(call, seq)| call.seq == seq));
    let turn = session.deliver(vec![value(11, json!(null))]).await.unwrap();
    assert_eq!(completed(&turn).as_str().unwrap().len(), 12 << 20);
}

#[tokio::test]
async fn an_outcome_may_be_large_but_not_deep() {
    let pool = pool().await;
    let body = "const big = await ctx.storage.get('a'); let code; try { await ctx.storage.get('b'); } catch (e) { code = e.code; } return [big.length, code];";
    let (mut session, _) = open(&pool, body).await;
    let turn = session.deliver(vec![value(1, json!("x".repeat(25 << 20)))]).await.unwrap();
    assert_eq!(turn.calls.len(), 1);
    let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
    let delivery = millrace_sandbox::Delivery { seq: 2, now_ms: 0, outcome: Outcome::Value(deep) };
    assert_eq!(completed(&session.deliver(vec![delivery]).await.unwrap()), json!([25 << 20, "NESTED_TOO_DEEPLY"]));
    let (mut session, _) = open(&pool, "await ctx.storage.get('a');").await;
    let broken = millrace_sandbox::Delivery { seq: 1, now_ms: 0, outcome: Outcome::Value("{".into()) };
    assert_eq!(session.deliver(vec![broken]).await.unwrap_err().code(), "SANDBOX_PROTOCOL");
}

//! The durable functions of the SDK: what they ask the host for, and what they make of its answers.

use serde_json::json;

use crate::harness::with_sdk;

#[test]
fn sleep_understands_durations_milliseconds_and_dates() {
    let out = with_sdk(
        "sleep, delay",
        "await sleep('3d'); await sleep(1500); await delay('90s'); await sleep(new Date(1700000000000)); await sleep(0); await sleep(-5);
         const bad = []; for (const x of ['soon', NaN, new Date('x'), undefined, '3 months']) { try { await sleep(x); bad.push('accepted'); } catch (e) { bad.push(e.name); } }
         return [calls, bad, sleep === delay];",
    );
    let timer = |args| json!({ "kind": "timer", "args": args });
    let calls = [timer(json!({ "ms": 259_200_000 })), timer(json!({ "ms": 1500 })), timer(json!({ "ms": 90_000 })), timer(json!({ "until": 1_700_000_000_000_u64 }))];
    assert_eq!(out.unwrap(), json!([calls, ["TypeError", "TypeError", "TypeError", "TypeError", "TypeError"], true]));
}

#[test]
fn events_approvals_and_children_are_host_calls() {
    let out = with_sdk(
        "waitForEvent, approval, invoke, continueWith, atMostOnce",
        "globalThis.answer = (kind, args) => ({ event: args.timeout_ms ? null : { name: args.name, data: 1 }, approval: { approved: true, decided_by: 'usr_1', comment: 'ok' }, invoke: { out: args.input } })[kind];
         const all = [await waitForEvent('paid', { match: { id: 1 } }), await waitForEvent('paid', { timeout: '2h' }),
           await approval({ title: 'Pay?', detail: { amount: 5 }, approvers: ['a@example.com'], timeout: 60000 }), await invoke('child', { a: 1 }),
           await atMostOnce(async () => (await invoke('pay')).out)];
         continueWith({ page: 2 });
         return [all, calls];",
    );
    let (all, calls) = (
        json!([{ "name": "paid", "data": 1 }, null, { "approved": true, "decidedBy": "usr_1", "comment": "ok", "timedOut": false }, { "out": { "a": 1 } }, {}]),
        json!([
            { "kind": "event", "args": { "name": "paid", "match": { "id": 1 } } },
            { "kind": "event", "args": { "name": "paid", "timeout_ms": 7_200_000 } },
            { "kind": "approval", "args": { "title": "Pay?", "detail": { "amount": 5 }, "approvers": ["a@example.com"], "timeout_ms": 60_000 } },
            { "kind": "invoke", "args": { "workflow": "child", "input": { "a": 1 } } },
            { "kind": "invoke", "args": { "workflow": "pay", "input": {} }, "once": true },
            { "kind": "continue", "args": { "state": { "page": 2 } } },
        ]),
    );
    assert_eq!(out.unwrap(), json!([all, calls]));
    for wrong in ["waitForEvent('')", "approval({})", "invoke('')", "waitForEvent('x', { timeout: 'later' })"] {
        let error = with_sdk("waitForEvent, approval, invoke", &format!("return {wrong}")).unwrap_err();
        assert!(error.contains("()"), "{error}");
    }
}

#[test]
fn batch_records_one_result_per_item_and_keeps_to_its_concurrency() {
    let out = with_sdk(
        "batch",
        "let active = 0, most = 0;
         const work = async (n, i) => { active++; most = Math.max(most, active); await null; await null; active--; if (n === 3) throw Object.assign(new Error('three'), { code: 'odd' }); return n * 10 + i; };
         const results = await batch([1, 2, 3, 4, 5], work, { concurrency: 2 });
         return [results, most, calls.map((c) => [c.kind, c.args.batch, c.args.index, c.args.ok]).sort((a, b) => a[2] - b[2])];",
    );
    let results = json!([
        { "index": 0, "ok": true, "value": 10 }, { "index": 1, "ok": true, "value": 21 },
        { "index": 2, "ok": false, "error": { "message": "three", "code": "odd" } }, { "index": 3, "ok": true, "value": 43 }, { "index": 4, "ok": true, "value": 54 },
    ]);
    let calls: Vec<_> = (0..5).map(|i| json!(["batch.result", "batch_id-1", i, i != 2])).collect();
    assert_eq!(out.unwrap(), json!([results, 2, calls]));
}

#[test]
fn batch_can_stop_at_the_first_failure() {
    let out = with_sdk(
        "batch",
        "const seen = []; let told = null;
         try { await batch([1, 2, 3, 4], async (n) => { seen.push(n); if (n === 2) throw new Error('two'); }, { concurrency: 1, onError: 'stop' }); } catch (e) { told = e.message; }
         let bad; try { await batch([1], async () => 1, { concurrency: 0 }); } catch (e) { bad = e.name; }
         return [seen, told, calls.length, await batch([], async () => 1), bad];",
    );
    assert_eq!(out.unwrap(), json!([[1, 2], "two", 2, [], "RangeError"]));
}

#[test]
fn retries_pause_durably_and_grow() {
    let out = with_sdk(
        "withRetry, defaultShouldRetry, parseRetryAfter, createRateLimitAwareRetry",
        "let tries = 0;
         const value = await withRetry(async ({ attempt }) => { tries++; if (attempt < 4) throw { status: 503 }; return attempt; }, { maxAttempts: 5, jitter: 0, initialDelay: 100, maxDelay: 300 });
         const pauses = calls.map((c) => c.args.ms);
         let gaveUp; try { await withRetry(async () => { throw new Error('final'); }); } catch (e) { gaveUp = e.message; }
         const header = (v) => ({ headers: { get: (n) => (n === 'retry-after' ? v : null) }, status: 429 });
         const aware = createRateLimitAwareRetry({ maxWait: 5000 });
         return [value, tries, pauses, gaveUp, [new TypeError('net'), { name: 'AbortError' }, { status: 500 }, { status: 429 }, { status: 404 }, new Error('x'), null].map(defaultShouldRetry),
           [parseRetryAfter(header('2')), parseRetryAfter(header(null)), parseRetryAfter(header('x'))], [await aware(header('1')), await aware(header('9')), await aware({ status: 404 })], calls.at(-1).args.ms];",
    );
    let expected = json!([4, 4, [100, 200, 300], "final", [true, true, true, true, false, false, false], [2000, null, null], [true, false, false], 1000]);
    assert_eq!(out.unwrap(), expected);
}

#[test]
fn steps_are_done_once_across_runs() {
    let out = with_sdk(
        "createStepExecutor, generateExecutionId",
        "const kept = new Map();
         const storage = { get: async (k) => (kept.has(k) ? JSON.parse(kept.get(k)) : null), set: async (k, v) => { kept.set(k, JSON.stringify(v)); }, delete: async (k) => { kept.delete(k); } };
         const id = generateExecutionId('wf', 'evt', '2024-01-15'); const done = [], skipped = [];
         const first = createStepExecutor(storage, id);
         await first.step('a', () => { done.push('a'); return 1; });
         try { await first.step('b', () => { throw new Error('down'); }); } catch (e) { done.push(e.message); }
         const second = createStepExecutor(storage, id, { onSkip: (n) => skipped.push(n), throwOnFailure: false });
         const a = await second.step('a', () => { done.push('again'); return 2; });
         const progress = await second.getProgress();
         const b = await second.step('b', () => 3); const c = await second.step('c', () => { throw new Error('no'); }); const d = await second.stepIf(false, 'd', () => 4);
         await second.complete();
         const state = JSON.parse(kept.get('execution:' + id)); await second.complete(true);
         return [done, skipped, a, b, c, d, progress.completedSteps, progress.failedSteps, await first.isStepCompleted('a'), state.completed, state.steps.c.error, kept.size, id];",
    );
    assert_eq!(out.unwrap(), json!([["a", "down"], ["a"], 1, 3, null, null, ["a"], ["b"], true, true, "no", 0, "wf:evt:2024-01-15"]));
}

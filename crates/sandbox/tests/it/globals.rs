//! The web globals against what Node computes for the same expressions, and `fetch` against a recording host.

#[path = "isolate.rs"]
pub mod isolate;
#[allow(dead_code, missing_docs)]
#[path = "../../src/native/mod.rs"]
mod native;
#[allow(dead_code, missing_docs)]
#[path = "../../src/prelude/mod.rs"]
mod prelude;

use isolate::Isolate;
use serde_json::{Value, json};

/// Plays a vectors file: `[{"js": expression, "is": outcome}]`, each outcome as Node printed it.
pub fn play(vectors: &str) {
    let vectors: Vec<Value> = serde_json::from_str(vectors).unwrap();
    assert!(vectors.len() >= 100, "the vectors file is cut short");
    let isolate = Isolate::new();
    let mut wrong = Vec::new();
    for vector in &vectors {
        let js = vector["js"].as_str().unwrap();
        let mut got = isolate.show(js);
        // Which error it is counts; its words and its stack are ours.
        if let Some(thrown) = got.get("throws") {
            got = json!({"throws": thrown});
        }
        if got != vector["is"] {
            wrong.push(format!("{js}\n    is {}\n   got {got}", vector["is"]));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ from Node:\n{}", wrong.len(), vectors.len(), wrong.join("\n"));
}

#[test]
fn web_globals_behave_as_in_node() {
    play(include_str!("../vectors/globals.json"));
}

#[test]
fn nothing_is_loaded_before_it_is_touched() {
    let isolate = Isolate::new();
    assert_eq!(isolate.show("test.loaded()"), json!([]));
    isolate.show("new URL('https://a.example/')");
    assert_eq!(isolate.show("test.loaded()"), json!(["URL", "URLSearchParams"]));
}

#[test]
fn every_file_provides_exactly_the_names_it_is_listed_with() {
    let isolate = Isolate::new();
    for file in prelude::LAZY {
        let mut listed: Vec<&str> = file.globals.iter().chain(file.parts).copied().collect();
        listed.sort_unstable();
        let provided = isolate.show(&format!("test.provided({:?}).sort()", file.file));
        assert_eq!(provided, json!(listed), "{}", file.file);
    }
}

/// Starts a fetch, answers it, and shows what the expression makes of it.
fn answered(fetch: &str, outcome: Value, then: &str) -> Value {
    let isolate = Isolate::new();
    isolate.run(&format!("globalThis.pending = {fetch}; test.calls[0].resolve({outcome})"));
    isolate.show(&format!("pending.then({then})"))
}

fn outcome(status: u16, body: Value) -> Value {
    json!({"status": status, "status_text": "OK", "url": "https://api.example/v1#f", "redirected": false,
           "headers": [["Content-Type", "application/json"], ["Set-Cookie", "a=1"], ["set-cookie", "b=2"]], "body": body})
}

#[test]
fn a_fetch_asks_the_host_in_its_vocabulary() {
    let isolate = Isolate::new();
    isolate.run(
        "fetch('https://api.example/v1?q=ü', {method: 'post', headers: {'X-Key': 'k', Accept: 'a/b'}, body: JSON.stringify({a: 1})});
         fetch(new URL('https://api.example'));
         fetch(new Request('https://api.example/r', {method: 'PUT', body: new URLSearchParams({a: 'b c'})}), {redirect: 'manual'});
         fetch('https://api.example/b', {method: 'POST', body: new Uint8Array([0, 255])});",
    );
    assert_eq!(
        isolate.show("test.calls.map(({kind, args}) => ({kind, ...args}))"),
        json!([
            {"kind": "fetch", "url": "https://api.example/v1?q=%C3%BC", "method": "POST",
             "headers": [["X-Key", "k"], ["Accept", "a/b"], ["Content-Type", "text/plain;charset=UTF-8"]], "body": {"text": "{\"a\":1}"}},
            {"kind": "fetch", "url": "https://api.example/", "method": "GET", "headers": [], "body": null},
            {"kind": "fetch", "url": "https://api.example/r", "method": "PUT",
             "headers": [["Content-Type", "application/x-www-form-urlencoded;charset=UTF-8"]], "body": {"text": "a=b+c"}, "redirect": "manual"},
            {"kind": "fetch", "url": "https://api.example/b", "method": "POST", "headers": [], "body": {"base64": "AP8="}},
        ])
    );
}

#[test]
fn a_response_reads_as_its_outcome() {
    let shape = "async (r) => [r.ok, r.status, r.statusText, r.url, r.type, r.bodyUsed, r.headers.get('content-TYPE'), \
                 r.headers.getSetCookie(), await r.clone().text(), await r.json(), r.bodyUsed]";
    assert_eq!(
        answered("fetch('https://api.example/v1')", outcome(200, json!({"text": "{\"a\":[1]}"})), shape),
        json!([true, 200, "OK", "https://api.example/v1", "basic", false, "application/json", ["a=1", "b=2"], "{\"a\":[1]}", {"a": [1]}, true])
    );
    let bytes = "async (r) => [r.ok, await r.clone().arrayBuffer(), await r.text()]";
    assert_eq!(
        answered("fetch('https://api.example')", outcome(404, json!({"base64": "77u/w6k="})), bytes),
        json!([false, {"buffer": [239, 187, 191, 195, 169]}, "é"])
    );
    let nothing = "async (r) => [r.body, await r.text(), await r.text(), r.bodyUsed]";
    assert_eq!(
        answered("fetch('https://api.example')", outcome(204, json!({"text": ""})), nothing),
        json!([null, "", "", false])
    );
    let frozen = "(r) => { try { r.headers.set('a', 'b') } catch (e) { return e.name } }";
    assert_eq!(answered("fetch('https://api.example')", outcome(200, json!({"text": ""})), frozen), json!("TypeError"));
}

#[test]
fn a_network_failure_is_a_type_error() {
    let isolate = Isolate::new();
    isolate.run("globalThis.p = fetch('https://a.example'); const e = new Error('fetch failed: refused'); e.name = 'TypeError'; test.calls[0].reject(e)");
    assert_eq!(
        isolate.show("p.then(() => 0, (e) => [e instanceof TypeError, e.message])"),
        json!([true, "fetch failed: refused"])
    );
}

#[test]
fn an_invalid_request_never_reaches_the_host() {
    let isolate = Isolate::new();
    for bad in [
        "fetch()",
        "fetch('/relative')",
        "fetch('https://user:pw@a.example/')",
        "fetch('https://a.example/', {body: 'x'})",
        "fetch('https://a.example/', {method: 'TRACE'})",
        "fetch('https://a.example/', {method: 'a b'})",
        "fetch('https://a.example/', {headers: {'a b': 'c'}})",
        "fetch('https://a.example/', {headers: {a: 'c\\nd'}})",
        "fetch('https://a.example/', {headers: {a: '€'}})",
        "fetch('https://a.example/', {signal: {}})",
    ] {
        assert_eq!(isolate.show(bad)["throws"], "TypeError", "{bad}");
    }
    assert_eq!(isolate.show("test.calls.length"), 0);
}

#[test]
fn an_abort_rejects_and_abandons_the_call() {
    let isolate = Isolate::new();
    isolate.run(
        "const c = new AbortController(); globalThis.order = [];
         globalThis.p = fetch('https://a.example', {signal: c.signal}).catch((e) => { order.push('rejected'); throw e; });
         c.signal.addEventListener('abort', () => order.push('event'));
         c.abort(); test.calls[0].resolve({status: 200, headers: [], body: null});",
    );
    assert_eq!(isolate.show("p")["throws"], "AbortError");
    assert_eq!(isolate.show("[test.abandoned, order]"), json!([[0], ["event", "rejected"]]));
    assert_eq!(
        isolate.show("fetch('https://a.example', {signal: AbortSignal.abort(new RangeError('mine'))})")["throws"],
        "RangeError"
    );
    assert_eq!(isolate.show("test.calls.length"), 1);
}

#[test]
fn an_abort_time_out_is_a_durable_timer() {
    let isolate = Isolate::new();
    isolate.run("globalThis.s = AbortSignal.timeout(5000); globalThis.p = fetch('https://a.example', {signal: AbortSignal.any([s])})");
    assert_eq!(
        isolate.show("test.calls.map((c) => [c.kind, c.args.ms])"),
        json!([["timer", 5000], ["fetch", "<undefined>"]])
    );
    isolate.run("test.calls[0].resolve(null)");
    assert_eq!(isolate.show("p")["throws"], "TimeoutError");
    assert_eq!(isolate.show("[s.aborted, test.abandoned]"), json!([true, [1]]));
}

#[test]
fn an_answered_fetch_ignores_a_late_abort() {
    let isolate = Isolate::new();
    isolate.run(
        "globalThis.c = new AbortController(); globalThis.p = fetch('https://a.example', {signal: c.signal});
         test.calls[0].resolve({status: 200, headers: [], body: {text: 'x'}})",
    );
    isolate.run("c.abort()");
    assert_eq!(isolate.show("p.then((r) => r.text())"), "x");
    assert_eq!(isolate.show("test.abandoned"), json!([]));
}

#[test]
fn a_form_with_a_file_is_sent_as_bytes_and_reads_back() {
    let isolate = Isolate::new();
    isolate.run(
        "const f = new FormData(); f.append('a', 'é'); f.append('file', new Blob([new Uint8Array([0, 13, 10, 255])], {type: 'x/y'}), 'n\"1.bin');
         fetch('https://a.example', {method: 'POST', body: f});",
    );
    let back = isolate.show(
        "(async () => { const {headers, body} = test.calls[0].args;
           const r = new Response(Uint8Array.from(atob(body.base64), (c) => c.charCodeAt(0)), {headers});
           const form = await r.formData(); const file = form.get('file');
           return [headers[0][1].startsWith('multipart/form-data; boundary=----formdata-'), form.get('a'), file.name, file.type, await file.bytes()] })()",
    );
    assert_eq!(back, json!([true, "é", "n\"1.bin", "x/y", {"Uint8Array": [0, 13, 10, 255]}]));
}

#[test]
fn a_form_of_texts_is_sent_as_text_and_the_boundary_comes_from_the_seed() {
    let sent = || {
        let isolate = Isolate::new();
        isolate
            .run("const f = new FormData(); f.set('a', '1'); fetch('https://a.example', {method: 'POST', body: f});");
        isolate.show("test.calls[0].args")
    };
    let first = sent();
    assert!(first["body"]["text"].as_str().unwrap().contains("name=\"a\"\r\n\r\n1\r\n--"));
    assert_eq!(first, sent());
}

#[test]
fn random_values_are_drawn_from_the_seed() {
    let draw = || Isolate::new().show("[crypto.randomUUID(), crypto.getRandomValues(new Uint16Array(3))]");
    let first = draw();
    assert_eq!(first, draw());
    let uuid = first[0].as_str().unwrap();
    assert_eq!((uuid.len(), &uuid[14..15]), (36, "4"));
    assert!("89ab".contains(&uuid[19..20]));
}

#[test]
fn performance_follows_the_journal_clock() {
    let isolate = Isolate::new();
    assert_eq!(isolate.show("[performance.now(), performance.timeOrigin]"), json!([0, 1_705_311_000_000_i64]));
    isolate.run("test.tick(1500)");
    assert_eq!(isolate.show("performance.now()"), 1500);
}

#[test]
fn a_polluted_prototype_does_not_break_a_fetch() {
    let isolate = Isolate::new();
    isolate.run(
        "Object.prototype.then = undefined; Object.defineProperty(Object.prototype, 'redirect', {value: 'manual', configurable: true});
         Array.prototype.toJSON = undefined; Object.prototype.method = 'DELETE';
         globalThis.p = fetch('https://a.example', Object.create(null));",
    );
    assert_eq!(isolate.show("[test.calls[0].kind, test.calls[0].args.method]"), json!(["fetch", "GET"]));
}

#[test]
fn a_deep_structure_is_cloned_without_stack() {
    let isolate = Isolate::new();
    let depth = isolate.show(
        "(() => { let a = null; for (let i = 0; i < 100000; i++) a = {a}; let c = structuredClone(a), n = 0; while (c) { c = c.a; n++ } return n })()",
    );
    assert_eq!(depth, 100_000);
}

//! What editors are told exists is what exists: `sdk/globals.json` lists the globals of a real isolate, and the SDK's own tests hold
//! the types against the same file.

use millrace_sandbox::Outcome;
use serde_json::{Value, json};

use crate::support::{completed, opening_with, play, pool, workflow};

/// Lists every global. Names of the language have no members here: their types come with the compiler. Members of a class are those
/// of its instances and its own, inherited ones included as far as they are not the language's.
const LIST: &str = r#"
    const language = new Set(`AggregateError Array ArrayBuffer AsyncDisposableStack BigInt BigInt64Array BigUint64Array Boolean DataView Date DisposableStack Error EvalError
        Float16Array Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array Intl Iterator JSON Map Math NaN Number Object Promise Proxy RangeError
        ReferenceError Reflect RegExp Set String SuppressedError Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakSet
        decodeURI decodeURIComponent encodeURI encodeURIComponent escape globalThis isFinite isNaN parseFloat parseInt undefined unescape`.split(/\s+/));
    const foreign = new Set([Object.prototype, Function.prototype, Error.prototype, Error, null]);
    // The numbers of old errors, which nobody reads by name.
    const plain = (name) => typeof name === 'string' && !/_ERR$/.test(name);
    const names = (object, without) => {
        const found = new Set();
        for (let at = object; !foreign.has(at); at = Object.getPrototypeOf(at)) for (const name of Reflect.ownKeys(at)) if (plain(name) && !without.includes(name)) found.add(name);
        return [...found].sort();
    };
    const listed = {};
    for (const name of Object.getOwnPropertyNames(globalThis).sort()) {
        const value = globalThis[name];
        if (language.has(name)) listed[name] = null;
        else if (typeof value !== 'function') listed[name] = { members: names(value, ['constructor']) };
        else {
            const members = value.prototype === undefined || value.prototype === null ? [] : names(value.prototype, ['constructor']);
            listed[name] = { members, statics: names(value, ['length', 'name', 'prototype', 'caller', 'arguments']) };
        }
    }
    return listed;
"#;

#[tokio::test]
async fn editors_are_told_of_exactly_what_the_sandbox_has() {
    let pool = pool().await;
    let trace = play(&pool, workflow(LIST), opening_with(json!({})), |_| Outcome::Value("null".into())).await.unwrap();
    let found = completed(&trace.turn);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../sdk/globals.json");
    if std::env::var_os("MILLRACE_UPDATE_GLOBALS").is_some() {
        std::fs::write(path, format!("{found:#}\n")).unwrap();
    }
    let told: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for (name, value) in found.as_object().unwrap() {
        assert_eq!(told.get(name), Some(value), "{name}: run with MILLRACE_UPDATE_GLOBALS=1, then correct sdk/globals.d.ts");
    }
    assert_eq!(told.as_object().map(serde_json::Map::len), found.as_object().map(serde_json::Map::len), "sdk/globals.json names what the sandbox does not have");
}

//! Arbitrary deliveries into a real isolate: a journal from a damaged or foreign database. It must end in a turn or an error,
//! and a replay must be the same trace as the live run, wherever the journal is cut.
#![no_main]

use libfuzzer_sys::fuzz_target;
use millrace_sandbox::{Delivery, Outcome};

/// One delivery: number, time, manner, length of the text, text.
fn deliveries(mut data: &[u8]) -> Vec<Delivery> {
    let mut all = Vec::new();
    while let [seq, now, manner, length, rest @ ..] = data {
        let (text, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        data = rest;
        let text = String::from_utf8_lossy(text).into_owned();
        let quoted = || serde_json::Value::from(text.as_str());
        let json = match manner % 6 {
            0 | 1 => text,
            2 => format!(r#"{{"status":200,"status_text":"OK","url":"https://a.test/","redirected":false,"headers":[["content-type","application/json"]],"body":{{"text":{}}}}}"#, quoted()),
            3 => format!(r#"{{"name":"TypeError","message":{},"code":"EGRESS_DNS"}}"#, quoted()),
            4 => quoted().to_string(),
            _ => format!("{}{}", "[".repeat(text.len() * 8), "]".repeat(text.len() * 8)),
        };
        let outcome = if manner & 64 == 0 { Outcome::Value(json) } else { Outcome::Error(json) };
        all.push(Delivery { seq: u64::from(*seq), now_ms: i64::from(*now) * 1_000 - 1_000, outcome });
    }
    all
}

fuzz_target!(|data: &[u8]| {
    let Some((cut, data)) = data.split_first() else { return };
    let all = deliveries(data);
    let cut = usize::from(*cut).min(all.len());
    let whole = millrace_sandbox::fuzzing::play(all.clone(), all.len());
    let parted = millrace_sandbox::fuzzing::play(all, cut);
    assert_eq!(whole, parted, "a replay cut after {cut} deliveries differs");
});

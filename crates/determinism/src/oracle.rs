//! A host that answers: which call completes next, when, and with what, follow from a seed.

use millrace_sandbox::{Call, Delivery, Outcome};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

/// Where the clock of every generated run begins.
pub const NOW: i64 = 1_700_000_000_000;

/// The host of one execution.
#[derive(Debug)]
pub struct Oracle {
    seed: u64,
    rng: StdRng,
    now: i64,
}

impl Oracle {
    /// The host of a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, rng: StdRng::seed_from_u64(seed ^ 0x6f72_6163_6c65), now: NOW }
    }

    /// Takes one of the calls under way and answers it; any of them may be first.
    pub fn next(&mut self, pending: &mut Vec<Call>) -> Delivery {
        let at = self.rng.random_range(0..pending.len());
        let call = pending.remove(at);
        // Several outcomes may carry one instant: they were committed together.
        self.now += if self.rng.random_bool(0.3) { 0 } else { self.rng.random_range(0..5_000) };
        Delivery { seq: call.seq, now_ms: self.now, outcome: outcome(self.seed, &call) }
    }
}

/// What a call comes to: the same for the same seed and number, whoever asks.
pub fn outcome(seed: u64, call: &Call) -> Outcome {
    let mut rng = StdRng::seed_from_u64(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ call.seq);
    let may_fail = !matches!(call.kind.as_str(), "timer" | "batch.result");
    if may_fail && rng.random_bool(0.14) {
        return Outcome::Error(failure(&mut rng).to_string());
    }
    Outcome::Value(answer(&mut rng, &call.kind).to_string())
}

fn failure(rng: &mut StdRng) -> Value {
    let name = ["Error", "TypeError", "TimeoutError", "RangeError"][rng.random_range(0..4)];
    json!({ "name": name, "message": format!("failed {}", rng.random_range(0..100)), "code": "odd", "data": { "n": rng.random_range(0..9) } })
}

fn answer(rng: &mut StdRng, kind: &str) -> Value {
    match kind {
        "fetch" | "integration.request" => response(rng),
        "integration" if rng.random_bool(0.8) => json!({ "success": true, "data": any(rng, 2), "error": null, "metadata": {}, "capabilities": {} }),
        "integration" => json!({ "success": false, "data": null, "error": { "message": "refused", "code": "odd" }, "metadata": {}, "capabilities": {} }),
        "storage.has" => json!(rng.random_bool(0.5)),
        "storage.keys" => json!(["k3", "k1"]),
        "kv.get" => json!(format!("text {}", rng.random_range(0..100))),
        "event" if rng.random_bool(0.3) => Value::Null,
        "event" => json!({ "name": "e", "data": any(rng, 1) }),
        "approval" => json!({ "approved": rng.random_bool(0.5), "decided_by": "usr_1", "timed_out": false }),
        "storage.get" | "invoke" => any(rng, 2),
        _ => Value::Null,
    }
}

fn response(rng: &mut StdRng) -> Value {
    let status = [200, 201, 404, 503][rng.random_range(0..4)];
    let text = if rng.random_bool(0.9) { any(rng, 2).to_string() } else { "not json".into() };
    json!({ "status": status, "status_text": "", "url": "https://api.example/", "redirected": false, "headers": [["content-type", "application/json"]], "body": { "text": text } })
}

fn any(rng: &mut StdRng, depth: u32) -> Value {
    match rng.random_range(0..if depth == 0 { 5 } else { 7 }) {
        0 => Value::Null,
        1 => json!(rng.random_range(-50..1000)),
        2 => json!(f64::from(rng.random_range(0..10_000)) / 7.0),
        3 => json!(["x", "déjà vu", "<&>", "𝒳"][rng.random_range(0..4)]),
        4 => json!(rng.random_bool(0.5)),
        5 => (0..rng.random_range(0..4)).map(|_| any(rng, depth - 1)).collect(),
        _ => json!({ "id": rng.random_range(0..1000), "value": any(rng, depth - 1), "2": 1, "1": 2 }),
    }
}

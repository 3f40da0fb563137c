//! The first thing that a replay did otherwise than its recording says. Pure.

use millrace_server::runs::{Recorded, RecordedCall, RecordedLine};
use serde_json::{Value, json};

/// The first difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// After how many outcomes it shows.
    pub after: u32,
    /// What differs: `call 3`, `line 2`, `the end`.
    pub what: String,
    /// As recorded; null when there was nothing.
    pub recorded: Value,
    /// As it is now; null when there is nothing.
    pub now: Value,
    /// The call that differs, to find its place.
    pub seq: Option<u64>,
    /// The line that differs.
    pub line: Option<u64>,
}

/// Finds it; none when all that can be seen is the same.
pub fn first(recorded: &Recorded, now: &Recorded) -> Option<Difference> {
    let call = pairs(&recorded.calls, &now.calls, same_call).map(|(a, b)| Difference {
        after: after(a.map(|c| c.after), b.map(|c| c.after)),
        what: format!("call {}", a.or(b).map_or(0, |c| c.seq)),
        recorded: a.map_or(Value::Null, shown_call),
        now: b.map_or(Value::Null, shown_call),
        seq: b.map(|c| c.seq),
        line: None,
    });
    let line = pairs(&recorded.logs, &now.logs, |a, b| a == b).map(|(a, b)| Difference {
        after: after(a.map(|l| l.after), b.map(|l| l.after)),
        what: format!("log line {}", a.or(b).map_or(0, |l| l.n)),
        recorded: a.map_or(Value::Null, shown_line),
        now: b.map_or(Value::Null, shown_line),
        seq: None,
        line: b.map(|l| l.n),
    });
    let earlier = match (call, line) {
        (Some(call), Some(line)) => Some(if line.after < call.after { line } else { call }),
        (call, line) => call.or(line),
    };
    let end = || {
        let end = |r: &Recorded| json!({ "end": r.end, "stopped": r.stopped });
        let differs = recorded.end != now.end || recorded.stopped != now.stopped;
        differs.then(|| Difference { after: u32::MAX, what: "the end".into(), recorded: end(recorded), now: end(now), seq: None, line: None })
    };
    earlier.or_else(end)
}

/// The first pair that is not the same; one side is missing where a list is shorter.
fn pairs<'a, T>(a: &'a [T], b: &'a [T], same: impl Fn(&T, &T) -> bool) -> Option<(Option<&'a T>, Option<&'a T>)> {
    (0..a.len().max(b.len())).map(|i| (a.get(i), b.get(i))).find(|pair| !matches!(pair, (Some(x), Some(y)) if same(x, y)))
}

fn after(a: Option<u32>, b: Option<u32>) -> u32 {
    a.into_iter().chain(b).min().unwrap_or(0)
}

/// Shown arguments may be cut or masked; the hash is of the true ones.
fn same_call(a: &RecordedCall, b: &RecordedCall) -> bool {
    (a.seq, a.after, &a.kind, &a.args_hash, a.once) == (b.seq, b.after, &b.kind, &b.args_hash, b.once)
}

fn shown_call(call: &RecordedCall) -> Value {
    json!({ "seq": call.seq, "after": call.after, "kind": call.kind, "args": call.args, "once": call.once })
}

fn shown_line(line: &RecordedLine) -> Value {
    json!({ "n": line.n, "after": line.after, "level": line.level, "message": line.message, "data": line.data })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn call(seq: u64, after: u32, hash: &str) -> RecordedCall {
        RecordedCall { seq, after, kind: "fetch".into(), args: json!({}), args_hash: hash.into(), once: false }
    }

    fn line(n: u64, after: u32, message: &str) -> RecordedLine {
        RecordedLine { n, after, level: "info".into(), now_ms: 0, message: message.into(), data: None }
    }

    fn done(calls: Vec<RecordedCall>, logs: Vec<RecordedLine>) -> Recorded {
        Recorded { calls, logs, ..Recorded::default() }
    }

    #[test]
    fn the_earliest_difference_is_told() {
        let recorded = done(vec![call(1, 0, "a"), call(2, 1, "b")], vec![line(1, 0, "x")]);
        assert_eq!(first(&recorded, &recorded), None);
        let found = first(&recorded, &done(vec![call(1, 0, "a"), call(2, 1, "c")], vec![line(1, 0, "x")])).unwrap();
        assert_eq!((found.what.as_str(), found.seq), ("call 2", Some(2)));
        let found = first(&recorded, &done(vec![call(1, 0, "a"), call(2, 1, "c")], vec![line(1, 0, "y")])).unwrap();
        assert_eq!(found.what, "log line 1", "it comes before the call");
        let found = first(&recorded, &done(vec![call(1, 0, "a")], vec![line(1, 0, "x")])).unwrap();
        assert_eq!((found.what.as_str(), found.now, found.seq), ("call 2", Value::Null, None));
        let stopped = Recorded { stopped: Some("CPU_LIMIT".into()), ..done(recorded.calls.clone(), recorded.logs.clone()) };
        assert_eq!(first(&recorded, &stopped).unwrap().what, "the end");
    }
}

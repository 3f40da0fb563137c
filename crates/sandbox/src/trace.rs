//! The trace of a run: one hash over everything that went into its isolate and everything that came out of it.
//!
//! Two executions of a run have the same trace exactly when they asked for the same calls, logged the same lines and ended
//! the same way at the same places of the journal. Where turns begin and end, and how deliveries were batched, leaves no mark
//! in it: an execution that was interrupted anywhere and replayed has the trace of one that never was.

use crate::turn::{Call, Delivery, End, LogLine, Open, Outcome, Turn};
use sha2::{Digest, Sha256};

/// A trace in the making.
///
/// Calls, lines and deliveries each have an order of their own (`seq`, `n`, the journal's position), and every call and line
/// says after which delivery it came; so hashing them side by side loses nothing.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    opened: Sha256,
    calls: Sha256,
    logs: Sha256,
    deliveries: Sha256,
    abandoned: Sha256,
    end: Sha256,
}

impl Trace {
    /// What the run begins with, and the deliveries that are replayed at once.
    pub fn opened(&mut self, open: &Open) {
        field(&mut self.opened, open.handler.as_bytes());
        field(&mut self.opened, open.context.as_bytes());
        field(&mut self.opened, &open.seed);
        field(&mut self.opened, &open.now_ms.to_le_bytes());
        open.replay.iter().for_each(|d| self.delivered(d));
    }

    /// One more outcome that the isolate is given.
    pub fn delivered(&mut self, delivery: &Delivery) {
        let (ok, json) = match &delivery.outcome {
            Outcome::Value(json) => (1, json),
            Outcome::Error(json) => (0, json),
        };
        number(&mut self.deliveries, delivery.seq);
        field(&mut self.deliveries, &delivery.now_ms.to_le_bytes());
        number(&mut self.deliveries, ok);
        field(&mut self.deliveries, json.as_bytes());
    }

    /// What the isolate did with it.
    pub fn turned(&mut self, turn: &Turn) {
        turn.calls.iter().for_each(|c| self.called(c));
        turn.logs.iter().for_each(|l| self.logged(l));
        turn.abandoned.iter().for_each(|seq| number(&mut self.abandoned, *seq));
        if let Some(end) = &turn.end {
            self.ended(end);
        }
    }

    fn called(&mut self, call: &Call) {
        let to = &mut self.calls;
        number(to, call.seq);
        number(to, u64::from(call.after));
        field(to, call.kind.as_bytes());
        field(to, call.args.as_bytes());
        number(to, u64::from(call.once));
    }

    fn logged(&mut self, line: &LogLine) {
        let to = &mut self.logs;
        number(to, line.n);
        number(to, u64::from(line.after));
        field(to, line.level.as_bytes());
        field(to, &line.now_ms.to_le_bytes());
        field(to, line.message.as_bytes());
        field(to, line.data.as_deref().unwrap_or_default().as_bytes());
    }

    fn ended(&mut self, end: &End) {
        let to = &mut self.end;
        match end {
            End::Completed(json) => {
                number(to, 1);
                field(to, json.as_bytes());
            }
            End::Failed(error) => {
                number(to, 2);
                for text in [&error.name, &error.message, &error.stack] {
                    field(to, text.as_bytes());
                }
                for text in [&error.code, &error.data] {
                    field(to, text.as_deref().unwrap_or_default().as_bytes());
                }
                if error.retryable {
                    number(to, 1);
                }
            }
            End::ContinueWith(state) => {
                number(to, 3);
                field(to, state.as_bytes());
            }
        }
    }

    /// The trace so far, in hex.
    pub fn hash(&self) -> String {
        let mut all = Sha256::new();
        for part in [&self.opened, &self.calls, &self.logs, &self.deliveries, &self.abandoned, &self.end] {
            all.update(part.clone().finalize());
        }
        hex::encode(all.finalize())
    }
}

/// Lengths are hashed with the bytes, so that no two different lists look alike.
fn field(to: &mut Sha256, bytes: &[u8]) {
    number(to, bytes.len() as u64);
    to.update(bytes);
}

fn number(to: &mut Sha256, n: u64) {
    to.update(n.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(seq: u64, after: u32) -> Call {
        Call { seq, after, kind: "fetch".into(), args: "{}".into(), once: false }
    }

    fn turn(calls: Vec<Call>) -> Turn {
        Turn { calls, ..Turn::default() }
    }

    fn delivery(seq: u64) -> Delivery {
        Delivery { seq, now_ms: 5, outcome: Outcome::Value("1".into()) }
    }

    #[test]
    fn batches_leave_no_mark() {
        let (mut live, mut replayed) = (Trace::default(), Trace::default());
        live.turned(&turn(vec![call(1, 0)]));
        live.delivered(&delivery(1));
        live.turned(&turn(vec![call(2, 1)]));
        replayed.delivered(&delivery(1));
        replayed.turned(&turn(vec![call(1, 0), call(2, 1)]));
        assert_eq!(live.hash(), replayed.hash());
    }

    #[test]
    fn every_difference_shows() {
        let base = Trace::default().hash();
        let mut seen = vec![base];
        for t in [turn(vec![call(1, 0)]), turn(vec![call(1, 1)]), turn(vec![call(1, 0), call(2, 0)]), Turn { abandoned: vec![1], ..Turn::default() }] {
            let mut trace = Trace::default();
            trace.turned(&t);
            assert!(!seen.contains(&trace.hash()));
            seen.push(trace.hash());
        }
        let mut trace = Trace::default();
        trace.delivered(&delivery(1));
        assert!(!seen.contains(&trace.hash()));
    }
}

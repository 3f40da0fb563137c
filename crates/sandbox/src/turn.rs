//! What goes into an isolate and what comes out of it, turn by turn.

use serde::{Deserialize, Serialize};

/// How a run's isolate is opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// Id of the run, for messages and `ctx.runId`.
    pub run_id: String,
    /// Which function to call: a dotted path. Looked up in the default export, then among the module's exports:
    /// `execute`, `onError`, `customActions.send`, `metadata.migration.script`, or `other.execute` for the definition
    /// that the module exports as `other`.
    pub handler: String,
    /// JSON the handler's context is built from; see the crate's documentation. `{"args": [...]}` calls the handler
    /// with exactly these arguments instead.
    pub context: String,
    /// Seed of `Math.random` and `crypto`; the same for every attempt of the run.
    pub seed: [u8; 32],
    /// `Date.now()` until the first delivery, epoch milliseconds.
    pub now_ms: i64,
    /// The journal so far. Delivered one after another within the first turn: a replay costs one round trip.
    pub replay: Vec<Delivery>,
}

/// The outcome of one host call, delivered to the isolate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The call it belongs to.
    pub seq: u64,
    /// `Date.now()` from this delivery on, epoch milliseconds.
    pub now_ms: i64,
    /// What the call came to.
    pub outcome: Outcome,
}

/// What a host call came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// JSON value; the call's promise resolves with it.
    Value(String),
    /// JSON `{name, message, code?, data?}`; the call's promise rejects with an `Error` of that shape.
    Error(String),
}

/// What an isolate did since it was last woken: everything it asked for, said, and perhaps its end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Turn {
    /// Host calls asked, in order of `seq`.
    pub calls: Vec<Call>,
    /// Log lines, in order of `n`.
    pub logs: Vec<LogLine>,
    /// Calls whose outcome nobody waits for any more (`clearTimeout`, an aborted fetch).
    pub abandoned: Vec<u64>,
    /// Set when the handler has finished. Without it, a turn with no call pending means that the run is stuck.
    pub end: Option<End>,
    /// CPU this turn used in the child, microseconds.
    pub cpu_us: u64,
    /// Where calls were asked and lines written; only in a watched session.
    pub sites: Sites,
}

/// Where a program stood: the engine's stack text per call and per line, as in [`ScriptError::stack`]. Not part of the trace.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sites {
    /// `seq` of a call, and the stack.
    pub calls: Vec<(u64, String)>,
    /// `n` of a log line, and the stack.
    pub lines: Vec<(u64, String)>,
}

/// One host call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Number of the call within the run, from 1, in the order asked.
    pub seq: u64,
    /// How many deliveries the run had received when it asked: 0 = none yet. Counts from the opening of the session,
    /// so it is the journal position the call follows.
    pub after: u32,
    /// Kind of call, e.g. `fetch`.
    pub kind: String,
    /// Arguments, JSON.
    pub args: String,
    /// Made inside `atMostOnce`: commit the intent first, never perform twice.
    pub once: bool,
}

/// One line of the run's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Number of the line within the run, from 1; the same in every replay.
    pub n: u64,
    /// How many deliveries the run had received; as in [`Call::after`].
    pub after: u32,
    /// `debug`, `info`, `warn` or `error`.
    pub level: String,
    /// Virtual time of the line, epoch milliseconds.
    pub now_ms: i64,
    /// Text; control characters are escaped, length is limited.
    pub message: String,
    /// JSON of the second argument of `log.info(message, data)`. Cut text is not valid JSON, so data that is too long is
    /// replaced by `{"$truncated": bytes}`.
    pub data: Option<String>,
}

/// How a handler finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// It returned; the value as JSON (`null` for `undefined`).
    Completed(String),
    /// It threw.
    Failed(ScriptError),
    /// It asked to go on in a fresh journal with this state, JSON.
    ContinueWith(String),
}

/// An error thrown by the program.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ScriptError {
    /// The error's `name`, e.g. `TypeError`; `Error` when a value without a name was thrown.
    pub name: String,
    /// Its message, at most 8 KiB.
    pub message: String,
    /// The engine's stack text with module names and `line:column` of the JavaScript, untouched; may be empty.
    pub stack: String,
    /// Its own `code`, when it has one.
    pub code: Option<String>,
    /// Its own `data` as JSON, when it has one.
    pub data: Option<String>,
    /// `onError` answered `{ retryable: true }`: the run may be tried again from its beginning.
    pub retryable: bool,
}

impl std::fmt::Display for ScriptError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.name, self.message)
    }
}

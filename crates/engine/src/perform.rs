//! The one interface between the engine and the product: what a program is, and what its calls do.

use async_trait::async_trait;
use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_ids::{RunId, TenantId};
use serde::{Deserialize, Serialize};

use crate::{NewRun, Run};

/// The result of one call, as JSON text. It is what the journal keeps and the program is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the program's promise resolves or rejects.
    pub ok: bool,
    /// JSON: the value, or `{name, message, code?, data?}`.
    pub json: String,
}

impl Outcome {
    /// A value, as JSON text.
    pub fn value(json: impl Into<String>) -> Self {
        Self { ok: true, json: json.into() }
    }

    /// `null`.
    pub fn null() -> Self {
        Self::value("null")
    }

    /// A rejection with a stable code.
    pub fn error(name: &str, code: &str, message: impl Into<String>) -> Self {
        let json = serde_json::json!({ "name": name, "code": code, "message": message.into() });
        Self { ok: false, json: json.to_string() }
    }
}

/// One host call a program asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Its number in the run's generation, from 1, in the order asked.
    pub seq: u64,
    /// What kind of effect.
    pub kind: String,
    /// Its arguments as JSON text.
    pub args: String,
    /// Commit the intent first; never perform it a second time.
    pub once: bool,
}

/// One outcome on its way to a program.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Which call it answers.
    pub seq: u64,
    /// The program's clock from now on.
    pub at: Timestamp,
    /// The answer.
    pub outcome: Outcome,
}

/// One line a program logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLog {
    /// Its number in the run, from 1; the same in every replay.
    pub n: u64,
    /// `debug`, `info`, `warn` or `error`.
    pub level: String,
    /// The program's clock when it was written.
    pub at: Timestamp,
    /// Text.
    pub message: String,
    /// Further values, JSON.
    pub data: Option<String>,
}

/// How a program ended.
#[derive(Debug, Clone)]
pub enum End {
    /// It returned a value (JSON text).
    Completed(String),
    /// It threw, or returned a failure.
    Failed(RunError),
    /// It chose not to run (`skipped`), with its value.
    Skipped(String),
    /// It may not run, and why: the run is `skipped`.
    Refused(RunError),
    /// It asked to begin again with this state and an empty journal.
    ContinueWith(String),
}

/// Why a run failed, as callers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunError {
    /// Stable code.
    pub code: String,
    /// What happened, for people.
    pub message: String,
    /// The error's class name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// Stack trace in the author's own lines.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stack: Option<String>,
    /// More, as the program gave it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub data: Option<serde_json::Value>,
    /// The program says that trying again may help.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub retryable: bool,
    /// The run that tries again, by itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub retried_as: Option<RunId>,
}

impl RunError {
    /// An error without a stack.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), name: None, stack: None, data: None, retryable: false, retried_as: None }
    }
}

/// What a program did with what it was given.
#[derive(Debug, Default)]
pub struct Turn {
    /// The calls it asked for, in order.
    pub calls: Vec<Call>,
    /// What it logged.
    pub logs: Vec<NewLog>,
    /// Calls whose outcome it no longer wants.
    pub abandoned: Vec<u64>,
    /// Its end, if it came.
    pub end: Option<End>,
}

/// Why a program could not go on.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProgramError {
    /// The run is at fault: it fails with this error and is not tried again.
    #[error("{}: {}", .0.code, .0.message)]
    Run(RunError),
    /// The run may not begin, or not go on: it is skipped for this reason.
    #[error("{}: {}", .0.code, .0.message)]
    Refused(RunError),
    /// The surroundings are at fault (a sandbox process died): another attempt may succeed.
    #[error("the program was lost: {0}")]
    Lost(String),
}

/// A program in memory, ready for outcomes. Dropping it frees its isolate.
#[async_trait]
pub trait Program: Send {
    /// Gives it outcomes, one after another, and answers what it did.
    async fn deliver(&mut self, deliveries: Vec<Delivery>) -> Result<Turn, ProgramError>;
}

/// How a call is performed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// By [`Perform::perform`], outside any transaction, at least once.
    Outside,
    /// By [`Perform::apply`], in the same transaction as its journal entry, exactly once.
    Inside,
    /// By waiting: [`Perform::register`] says for what.
    Wait,
    /// By starting a child run: [`Perform::child`] says which.
    Child,
}

/// What a run waits for.
#[derive(Debug, Clone)]
pub struct WaitSpec {
    /// `timer`, `event` or `approval`.
    pub kind: String,
    /// What wakes it: an event's name, an approval's id; empty for a timer.
    pub key: String,
    /// When it ends by itself.
    pub due_at: Option<Timestamp>,
}

/// A run whose end is being committed.
#[derive(Debug, Clone, Copy)]
pub struct Settled<'a> {
    /// The run, as it was before.
    pub run: &'a Run,
    /// Completed, failed, cancelled or skipped.
    pub state: crate::RunState,
    /// Why it failed.
    pub error: Option<&'a RunError>,
    /// Whether it failed because of the platform and not of its own code.
    pub is_platforms_fault: bool,
}

/// What the engine asks the product to do.
#[async_trait]
pub trait Perform: Send + Sync + 'static {
    /// Builds the run's program and replays `replay` into it.
    async fn open(&self, run: &Run, replay: Vec<Delivery>) -> Result<(Box<dyn Program>, Turn), ProgramError>;

    /// How a call of this kind is performed. Must be a pure function of the kind.
    fn plan(&self, call: &Call) -> Plan;

    /// Performs a call in the outside world.
    async fn perform(&self, run: &Run, call: &Call) -> Outcome;

    /// Performs a call inside the platform, in the transaction that journals it.
    ///
    /// # Errors
    /// The database failed; a mistake of the caller is an [`Outcome`] instead.
    async fn apply(&self, tx: &mut Tx, run: &Run, call: &Call, now: Timestamp) -> Result<Outcome, DbError>;

    /// Says what a waiting call waits for, and writes the product's own row for it in the same transaction.
    /// `Err(Outcome)` answers the call at once instead.
    ///
    /// # Errors
    /// The database failed.
    async fn register(&self, tx: &mut Tx, run: &Run, call: &Call, now: Timestamp) -> Result<Result<WaitSpec, Outcome>, DbError>;

    /// Runs of a tenant that may be performed at once, on all nodes together, where that differs from the usual. Asked
    /// often: must answer from memory.
    fn slots(&self, _tenant: &TenantId) -> Option<usize> {
        None
    }

    /// Whether a tenant's runs rest: none begins, and those in memory leave it before their next effect. Asked often: must
    /// answer from memory, which may be a second old.
    fn is_resting(&self, _tenant: &TenantId) -> bool {
        false
    }

    /// The same, never older than a second: asked before a run's calls are begun, and may wait.
    async fn rests(&self, tenant: &TenantId) -> bool {
        self.is_resting(tenant)
    }

    /// Log lines that are kept of one run of a tenant. Must answer from memory.
    fn log_lines(&self, _tenant: &TenantId) -> u64 {
        u64::MAX
    }

    /// A tenant's runs have written so many bytes more: inputs, journals, logs. Large payloads are not among them. Must not wait.
    fn wrote(&self, _tenant: &TenantId, _bytes: u64) {}

    /// The outcome of a wait that came to its time limit.
    fn timed_out(&self, kind: &str) -> Outcome;

    /// Whether an outcome means that the call failed, also where the program is given a value. Resuming a run makes such
    /// calls again when they are what it ended with. Must be a pure function.
    fn is_failure(&self, kind: &str, outcome: &Outcome) -> bool {
        let _ = kind;
        !outcome.ok
    }

    /// The run that a call starts, or the outcome that refuses it.
    async fn child(&self, run: &Run, call: &Call) -> Result<NewRun, Outcome>;

    /// The text of the arguments as the journal may show it: secrets masked.
    fn redact(&self, run: &Run, call: &Call) -> String;

    /// The run that a schedule starts for the given instant; `None` if what it belongs to is gone or paused.
    ///
    /// # Errors
    /// The database failed: the slot stays due.
    async fn scheduled(&self, schedule: &crate::schedule::Schedule, slot: Timestamp) -> Result<Option<NewRun>, DbError>;

    /// Whether runs' places in traces are wanted.
    fn traces(&self) -> bool {
        false
    }

    /// An activation of a run begins on this node. The answer is dropped when it is over.
    fn activation(&self, _run: &Run) -> Option<Box<dyn Send>> {
        None
    }

    /// A run's end is durable. `class` says where to look for the reason of a failure. Must be quick.
    fn finished(&self, _run: &Run, _state: crate::RunState, _class: &'static str) {}

    /// Called in the transaction that ends these runs, which a node has performed: what has to be written exactly once for each
    /// run that ends is written here. All ends of one group come together. Most have nothing to write: that must be known
    /// from memory.
    ///
    /// # Errors
    /// The database failed; then none of them ends.
    async fn settled(&self, _tx: &mut Tx, _runs: &[Settled<'_>], _now: Timestamp) -> Result<(), DbError> {
        Ok(())
    }

    /// Called in the transaction that ends these runs, of those that may have rows of waits left: most runs never wait, and
    /// their end writes nothing more.
    ///
    /// # Errors
    /// The database failed.
    async fn ended(&self, tx: &mut Tx, runs: &[&RunId], now: Timestamp) -> Result<(), DbError>;
}

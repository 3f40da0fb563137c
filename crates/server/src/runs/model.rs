//! What the API tells of a run.

use millrace_engine::{LogLine, Run};
use millrace_ids::{RunId, TenantId};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::named::RunWorkflow;
use super::resume_model::ResumptionView;

/// One run in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunSummary {
    /// Its id.
    pub id: RunId,
    /// `queued`, `running`, `waiting`, `completed`, `failed`, `cancelled` or `skipped`.
    pub status: &'static str,
    /// `workflow`, `hook`, `execution` or `automation`.
    pub kind: String,
    /// The installation it belongs to.
    pub installation_id: String,
    /// What people call that; null when it is gone.
    pub installation_name: Option<String>,
    /// The workflow version it is pinned to.
    pub version_id: String,
    /// The workflow; null when it is gone.
    pub workflow: Option<RunWorkflow>,
    /// What started it.
    pub trigger: String,
    /// The whole-run attempt, from 1.
    pub attempt: i64,
    /// The run that started it.
    pub parent_id: Option<RunId>,
    /// The failed run it repeats.
    pub retry_of: Option<RunId>,
    /// The failed run whose journal it began with.
    pub resumed_from: Option<RunId>,
    /// Stable code of the failure.
    pub error_code: Option<String>,
    /// When it was accepted.
    pub created_at: String,
    /// When a node first took it.
    pub started_at: Option<String>,
    /// When it ended.
    pub finished_at: Option<String>,
    /// From acceptance to end, in milliseconds.
    pub duration_ms: Option<f64>,
}

impl From<&Run> for RunSummary {
    fn from(run: &Run) -> Self {
        let error: Option<Value> = run.error.as_deref().and_then(|e| serde_json::from_str(e).ok());
        Self {
            id: run.id.clone(),
            status: run.state.as_str(),
            kind: run.kind.clone(),
            installation_id: run.subject.clone(),
            installation_name: None,
            version_id: run.program.clone(),
            workflow: None,
            trigger: run.trigger.clone(),
            attempt: run.attempt,
            parent_id: run.parent_id.clone(),
            retry_of: run.retry_of.clone(),
            resumed_from: run.resumed_from.clone(),
            error_code: error.as_ref().and_then(|e| e["code"].as_str()).map(str::to_owned),
            created_at: run.created_at.to_string(),
            started_at: run.started_at.map(|t| t.to_string()),
            finished_at: run.finished_at.map(|t| t.to_string()),
            duration_ms: run.finished_at.map(|t| t.since(run.created_at).as_secs_f64() * 1000.0),
        }
    }
}

/// One run with all that is known of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunDetail {
    /// What a list shows.
    #[serde(flatten)]
    pub summary: RunSummary,
    /// The workspace.
    pub tenant_id: TenantId,
    /// What it was started with.
    pub input: Value,
    /// What it returned.
    pub output: Option<Value>,
    /// Why it failed: `{code, message, name?, stack?, data?}`.
    pub error: Option<Value>,
    /// Its host calls in the order of completion.
    pub journal: Vec<JournalEntry>,
    /// Continue `journal` after this position with `?after=`; null when it is complete.
    pub journal_next: Option<i64>,
    /// What it waits for.
    pub waits: Vec<OpenWait>,
    /// The latest 500 log lines, oldest first; `GET /api/runs/{id}/logs` has them all.
    pub logs: Vec<LogEntry>,
    /// How often it began again with `continueWith`.
    pub generation: i64,
    /// The latest run that goes on where this one failed.
    pub resumed_by: Option<RunId>,
    /// What was taken over from the run in `resumed_from`.
    pub resumption: Option<ResumptionView>,
}

/// A part of a run's journal.
#[derive(Debug, Serialize, ToSchema)]
pub struct JournalPage {
    /// Where the run stood before the entries were read: with a terminal status and `next` null they are all there.
    pub status: &'static str,
    /// How often it began again with `continueWith`; the journal begins again with it.
    pub generation: i64,
    /// Entries in the order of completion.
    pub data: Vec<JournalEntry>,
    /// More are there after this position; null when these are the last for now.
    pub next: Option<i64>,
}

/// One completed host call.
#[derive(Debug, Serialize, ToSchema)]
pub struct JournalEntry {
    /// Its place in the order of completion.
    pub pos: i64,
    /// Its number in the order asked.
    pub seq: i64,
    /// What kind of effect.
    pub kind: String,
    /// Its arguments; secrets are masked.
    pub args: Value,
    /// Whether it resolved.
    pub ok: bool,
    /// What it resolved or rejected with.
    pub outcome: Value,
    /// When it began.
    pub started_at: String,
    /// When it completed.
    pub finished_at: String,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
}

/// One thing that a run waits for.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenWait {
    /// The call's number.
    pub seq: i64,
    /// `timer`, `event`, `approval` or `child`.
    pub kind: String,
    /// What wakes it: an event's name, an approval's or a child's id.
    pub key: String,
    /// When it ends by itself.
    pub due_at: Option<String>,
    /// Since when.
    pub since: String,
}

/// One log line.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogEntry {
    /// Its number in the run.
    pub n: i64,
    /// `debug`, `info`, `warn` or `error`.
    pub level: String,
    /// The run's clock.
    pub at: String,
    /// Text.
    pub message: String,
    /// Further values.
    pub data: Option<Value>,
}

impl From<LogLine> for LogEntry {
    fn from(line: LogLine) -> Self {
        Self { n: line.n, level: line.level, at: line.at.to_string(), message: line.message, data: line.data.as_deref().map(lenient) }
    }
}

/// Stored JSON as a value; what does not parse (a lone surrogate written by a program) is shown as its text.
pub fn lenient(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

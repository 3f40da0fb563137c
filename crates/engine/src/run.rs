//! A run: its states, its row, and how it is read.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Tx, sql};
use millrace_ids::{RunId, TenantId};
use serde::{Deserialize, Serialize};

use crate::payload::Payload;

/// Where a run stands. Terminal states absorb: nothing leaves them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Ready; waits for a free slot.
    Queued,
    /// A node holds it under its lease.
    Running,
    /// Waits for a timer, an event, an approval or a child; costs nothing.
    Waiting,
    /// Ended well.
    Completed,
    /// Ended with an error.
    Failed,
    /// Ended by request.
    Cancelled,
    /// Ended without having had anything to do.
    Skipped,
}

impl RunState {
    /// All states, in the order a run meets them.
    pub const ALL: [Self; 7] = [Self::Queued, Self::Running, Self::Waiting, Self::Completed, Self::Failed, Self::Cancelled, Self::Skipped];

    /// The word used in SQL, the API and the UI.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
        }
    }

    /// Whether nothing more happens.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled | Self::Skipped)
    }
}

impl fmt::Display for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for RunState {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|s| s.as_str() == text).ok_or_else(|| format!("`{text}` is not a run state"))
    }
}

/// One run as it is stored.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// Whose it is.
    pub tenant: TenantId,
    /// `workflow`, `hook`, `execution` or `automation`.
    pub kind: String,
    /// What defines it (an installation's id).
    pub subject: String,
    /// The exact version it is pinned to.
    pub program: String,
    /// The revision of its subject that it is pinned to; none: whatever the subject is at the moment.
    pub subject_revision: Option<i64>,
    /// What started it, in words: `webhook zoom meeting.ended`, `manual`, `schedule`.
    pub trigger: String,
    /// Where it stands.
    pub state: RunState,
    /// 0 is served first, 9 last; 5 is usual.
    pub priority: i64,
    /// The fence of its present owner.
    pub epoch: i64,
    /// The whole-run attempt, from 1.
    pub attempt: i64,
    /// Activations that ended without a word since the last progress.
    pub crashes: i64,
    /// How often it began again with `continueWith`.
    pub generation: i64,
    /// Where the program's clock stands before the first outcome of this generation; set by the first claim.
    pub clock_at: Option<Timestamp>,
    /// The seed of its random numbers, 64 hex digits.
    pub seed: String,
    /// What it was started with.
    pub input: Payload,
    /// What it returned.
    pub output: Option<Payload>,
    /// Why it failed: a [`crate::RunError`] as JSON.
    pub error: Option<String>,
    /// The run that started it.
    pub parent_id: Option<RunId>,
    /// The failed run it repeats.
    pub retry_of: Option<RunId>,
    /// The failed run whose journal it begins with.
    pub resumed_from: Option<RunId>,
    /// The first run of a chain of resumptions; see [`Run::origin`].
    pub origin: Option<RunId>,
    /// Why somebody asked it to stop.
    pub cancel_reason: Option<String>,
    /// Where it belongs in a trace: only of runs that are performed, and only where traces are on.
    pub traceparent: Option<String>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When a node first took it.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

impl Run {
    pub(crate) fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get("id")?,
            tenant: row.get("tenant_id")?,
            kind: row.get("kind")?,
            subject: row.get("subject")?,
            program: row.get("program")?,
            subject_revision: row.get("subject_revision")?,
            trigger: row.get("trigger")?,
            state: row.parse("state")?,
            priority: row.get("priority")?,
            epoch: row.get("epoch")?,
            attempt: row.get("attempt")?,
            crashes: row.get("crashes")?,
            generation: row.get("generation")?,
            clock_at: row.time_opt("clock_at")?,
            seed: row.get("seed")?,
            input: Payload::from_stored(row.get("input")?),
            output: row.get::<Option<String>>("output")?.map(Payload::from_stored),
            error: row.get("error")?,
            parent_id: row.get("parent_id")?,
            retry_of: row.get("retry_of")?,
            resumed_from: row.get("resumed_from")?,
            origin: row.get("origin_id")?,
            cancel_reason: row.get("cancel_reason")?,
            traceparent: None,
            created_at: row.time("created_at")?,
            started_at: row.time_opt("started_at")?,
            finished_at: row.time_opt("finished_at")?,
        })
    }

    /// The id that the program knows: its own, or that of the first run when it was resumed. Whatever a program's calls are
    /// made of has to follow from this one, so that a resumed run asks for what its journal holds.
    pub fn origin(&self) -> &RunId {
        self.origin.as_ref().unwrap_or(&self.id)
    }

    /// The seed as bytes.
    pub fn seed_bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        // A seed that does not decode would be a damaged row; zeros keep the run deterministic and are visible.
        let _ = hex::decode_to_slice(&self.seed, &mut bytes);
        bytes
    }
}

/// Which runs to list; newest first.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// Only in these states; none: in any.
    pub states: Vec<RunState>,
    /// Only of these installations.
    pub subjects: Option<Vec<String>>,
    /// Only started by this kind of trigger: the first of its words.
    pub trigger: Option<String>,
    /// Only failed with this code.
    pub error_code: Option<String>,
    /// Only of this kind.
    pub kind: Option<String>,
    /// Only children of this run.
    pub parent: Option<RunId>,
    /// Only accepted at or after.
    pub since: Option<Timestamp>,
    /// Only accepted before.
    pub until: Option<Timestamp>,
    /// Older than this id: the cursor.
    pub before: Option<RunId>,
    /// At most so many.
    pub limit: u32,
}

/// The columns of `runs` by name. PostgreSQL refuses a prepared `*` once a newer node has added a column, and then this node
/// could take no run any more.
macro_rules! columns {
    () => {
        "id, tenant_id, kind, subject, program, trigger, state, priority, epoch, node_id, attempt, crashes, generation, due_at, clock_at, seed, input, output, error, \
         parent_id, parent_generation, parent_seq, retry_of, cancel_reason, created_at, started_at, finished_at, resumed_from, origin_id, subject_revision"
    };
}
pub(crate) use columns;

pub(crate) const GET: &str = concat!("SELECT ", columns!(), " FROM runs WHERE id = $2 AND tenant_id = $1");
macro_rules! listed {
    ($subject:literal) => {
        concat!("SELECT ", columns!(), " FROM runs WHERE tenant_id = $1 AND ($2 IS NULL OR $2 LIKE '%,' || state || ',%')", $subject, " AND ($3 IS NULL OR kind = $3) \
            AND ($4 IS NULL OR parent_id = $4) AND ($5 IS NULL OR created_at >= $5) AND ($6 IS NULL OR created_at < $6) AND ($7 IS NULL OR id < $7) \
            AND ($8 IS NULL OR trigger = $8 OR trigger LIKE $9 ESCAPE '!') AND ($10 IS NULL OR error LIKE $10 ESCAPE '!') ORDER BY id DESC LIMIT $11")
    };
}
pub(crate) const LIST: &str = listed!("");
const LIST_OF_SUBJECT: &str = listed!(" AND subject = $12");
const GENERATION: &str = "SELECT input, clock_at FROM run_generations WHERE tenant_id = $1 AND run_id = $2 AND generation = $3";
const SUBJECT_REVISIONS: &str = "SELECT DISTINCT subject_revision FROM runs WHERE tenant_id = $1 AND subject = $2 AND subject_revision IS NOT NULL";
const COUNT_ACTIVE: &str = "SELECT count(*) AS n FROM runs WHERE tenant_id = $1 AND subject = $2 AND state IN ('queued', 'running', 'waiting')";

/// One run of a tenant.
///
/// # Errors
/// The database failed.
pub async fn get(tx: &mut Tx, tenant: &TenantId, id: &RunId) -> Result<Option<Run>, DbError> {
    let row = tx.optional(sql(GET).bind(tenant.as_str()).bind(id.as_str())).await?;
    row.as_ref().map(Run::from_row).transpose()
}

/// A run as it was in one of its generations; none if that has not been, or what it began with was not kept.
///
/// # Errors
/// The database failed.
pub async fn in_generation(tx: &mut Tx, run: &Run, generation: i64) -> Result<Option<Run>, DbError> {
    if generation == run.generation {
        return Ok(Some(run.clone()));
    }
    let query = sql(GENERATION).bind(run.tenant.as_str()).bind(run.id.as_str()).bind(generation);
    let Some(row) = tx.optional(query).await? else { return Ok(None) };
    Ok(Some(Run { generation, input: Payload::from_stored(row.get("input")?), clock_at: row.time_opt("clock_at")?, ..run.clone() }))
}

/// A tenant's runs, newest first.
///
/// # Errors
/// The database failed.
pub async fn list(tx: &mut Tx, tenant: &TenantId, filter: &RunFilter) -> Result<Vec<Run>, DbError> {
    let Some(subjects) = &filter.subjects else { return page(tx, tenant, filter, None).await };
    // One look into the index for each of them, instead of going through all runs of the tenant.
    let mut found = Vec::new();
    for subject in subjects {
        found.extend(page(tx, tenant, filter, Some(subject)).await?);
    }
    found.sort_by(|a, b| b.id.as_str().cmp(a.id.as_str()));
    found.truncate(filter.limit as usize);
    Ok(found)
}

async fn page(tx: &mut Tx, tenant: &TenantId, filter: &RunFilter, subject: Option<&String>) -> Result<Vec<Run>, DbError> {
    let plain = |text: &str| text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    let states = (!filter.states.is_empty()).then(|| filter.states.iter().fold(",".to_owned(), |all, state| all + state.as_str() + ","));
    let query = sql(if subject.is_some() { LIST_OF_SUBJECT } else { LIST })
        .bind(tenant.as_str())
        .bind(states)
        .bind(filter.kind.as_deref())
        .bind(filter.parent.as_ref().map(RunId::as_str))
        .bind(filter.since)
        .bind(filter.until)
        .bind(filter.before.as_ref().map(RunId::as_str))
        .bind(filter.trigger.as_deref())
        .bind(filter.trigger.as_deref().map(|word| plain(word) + " %"))
        // As `RunError` is written: its code comes first.
        .bind(filter.error_code.as_deref().map(|code| format!("{{\"code\":{}%", plain(&serde_json::Value::from(code).to_string()))))
        .bind(filter.limit);
    let query = match subject {
        Some(subject) => query.bind(subject.as_str()),
        None => query,
    };
    tx.all(query).await?.iter().map(Run::from_row).collect()
}

/// The revisions of a subject that its runs are pinned to, ended ones included.
///
/// # Errors
/// The database failed.
pub async fn subject_revisions(tx: &mut Tx, tenant: &TenantId, subject: &str) -> Result<BTreeSet<i64>, DbError> {
    tx.all(sql(SUBJECT_REVISIONS).bind(tenant.as_str()).bind(subject)).await?.iter().map(|row| row.get("subject_revision")).collect()
}

/// How many runs of a subject have not ended.
///
/// # Errors
/// The database failed.
pub async fn count_active(tx: &mut Tx, tenant: &TenantId, subject: &str) -> Result<i64, DbError> {
    tx.one(sql(COUNT_ACTIVE).bind(tenant.as_str()).bind(subject)).await?.get("n")
}

//! The SQL of resumptions.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Sql, Tx, sql};
use millrace_ids::{RunId, TenantId};
use serde_json::json;

use super::Difference;
use crate::run::columns;
use crate::Run;
use crate::payload::Payload;

const OF_RUN: &str = "SELECT * FROM resumptions WHERE tenant_id = $1 AND run_id = $2";
const LATEST_OF: &str = "SELECT * FROM resumptions WHERE tenant_id = $1 AND resumed_from = $2 ORDER BY ordinal DESC LIMIT 1";
const LAST_ORDINAL: &str = "SELECT coalesce(max(ordinal), -1) AS n FROM resumptions WHERE resumed_from = $1";
const INSERT_RESUMPTION: &str = "INSERT INTO resumptions (run_id, tenant_id, resumed_from, ordinal, from_program, program, kept, retried, difference, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9) ON CONFLICT DO NOTHING";
const SET_KEPT: &str = "UPDATE resumptions SET kept = $2 WHERE run_id = $1";

const INSERT_RUN: &str = "INSERT INTO runs (id, tenant_id, kind, subject, program, trigger, state, priority, epoch, attempt, crashes, generation, due_at, clock_at, seed, input, \
      resumed_from, origin_id, created_at, subject_revision) \
    SELECT $3, tenant_id, kind, subject, $4, trigger, 'queued', priority, 0, attempt + 1, 0, generation, $6, clock_at, seed, $5, id, $7, $6, $8 \
    FROM runs WHERE id = $2 AND tenant_id = $1 AND state IN ('failed', 'cancelled')";

/// Which entries go over: $3 below this number; before $4, or after $5 and asked for before ($6).
const COPY: &str = "INSERT INTO journal (run_id, generation, pos, seq, kind, args_hash, args, ok, outcome, started_at, finished_at) \
    SELECT $7, generation, pos, seq, kind, args_hash, args, ok, outcome, started_at, finished_at FROM journal \
    WHERE run_id = $1 AND generation = $2 AND seq < $3 AND (pos < $4 OR (pos > $5 AND seq <= $6))";
const COUNT: &str = "SELECT count(*) AS n FROM journal WHERE run_id = $1 AND generation = $2 AND seq < $3 AND (pos < $4 OR (pos > $5 AND seq <= $6))";
const LARGE: &str = "SELECT pos, outcome FROM journal WHERE run_id = $1 AND generation = $2 AND seq < $3 AND (pos < $4 OR (pos > $5 AND seq <= $6)) AND substr(outcome, 1, 1) = '@'";
const SET_OUTCOME: &str = "UPDATE journal SET outcome = $4 WHERE run_id = $1 AND generation = $2 AND pos = $3";
/// Intents of calls that were under way: they are answered with `unknown`, never made again.
const COPY_INTENTS: &str = "INSERT INTO intents (run_id, generation, seq, at) SELECT $4, generation, seq, at FROM intents WHERE run_id = $1 AND generation = $2 AND seq < $3";

const FAILED: Sql = Sql::pair(
    concat!("SELECT ", columns!(), " FROM runs WHERE tenant_id = $1 AND state = 'failed' AND ($2 IS NULL OR id > $2) AND ($3 IS NULL OR subject IN (SELECT value FROM json_each($3))) \
       AND ($4 IS NULL OR substr(error, 1, length($4)) = $4) AND ($5 IS NULL OR finished_at >= $5) AND ($6 IS NULL OR finished_at < $6) \
       AND NOT EXISTS (SELECT 1 FROM resumptions WHERE resumptions.resumed_from = runs.id) ORDER BY id LIMIT $7"),
    concat!("SELECT ", columns!(), " FROM runs WHERE tenant_id = $1 AND state = 'failed' AND ($2 IS NULL OR id > $2) AND ($3 IS NULL OR subject = ANY(ARRAY(SELECT json_array_elements_text($3::json)))) \
       AND ($4 IS NULL OR substr(error, 1, length($4)) = $4) AND ($5 IS NULL OR finished_at >= $5) AND ($6 IS NULL OR finished_at < $6) \
       AND NOT EXISTS (SELECT 1 FROM resumptions WHERE resumptions.resumed_from = runs.id) ORDER BY id LIMIT $7"),
);

/// How a run came from another.
#[derive(Debug, Clone)]
pub struct Resumption {
    /// The new run.
    pub run_id: RunId,
    /// The old one.
    pub resumed_from: RunId,
    /// The old one's program.
    pub from_program: String,
    /// The new one's.
    pub program: String,
    /// How many journal entries were taken over.
    pub kept: i64,
    /// Calls that were made again because their outcome ended the old run.
    pub retried: Vec<u64>,
    /// The first call that was not the same any more.
    pub difference: Option<Difference>,
}

/// Which failed runs.
#[derive(Debug, Clone, Default)]
pub struct FailedRuns {
    /// Only of these installations.
    pub subjects: Option<Vec<String>>,
    /// Only with this error code.
    pub error_code: Option<String>,
    /// Only failed at or after.
    pub since: Option<Timestamp>,
    /// Only failed before.
    pub until: Option<Timestamp>,
    /// Newer than this id: the cursor.
    pub after: Option<RunId>,
    /// At most so many.
    pub limit: u32,
}

/// Which journal entries are taken over.
#[derive(Debug)]
pub(super) struct Copy {
    /// Of calls below this number …
    pub below: u64,
    /// … before this position, …
    pub before_pos: i64,
    /// … or after this one, …
    pub after_pos: i64,
    /// … if they were among the first so many calls.
    pub asked: u64,
    /// The calls between: they are made again.
    pub retried: Vec<u64>,
}

impl Default for Copy {
    fn default() -> Self {
        Self { below: u64::MAX, before_pos: i64::MAX, after_pos: i64::MAX, asked: 0, retried: Vec::new() }
    }
}

/// What is written.
pub(super) struct Insert<'a> {
    pub old: &'a Run,
    pub new: &'a Run,
    pub input: &'a Payload,
    pub copy: &'a Copy,
    pub difference: Option<&'a Difference>,
    pub force: bool,
    pub now: Timestamp,
}

/// How this run came from another, if it did.
///
/// # Errors
/// The database failed.
pub async fn of_run(tx: &mut Tx, tenant: &TenantId, run: &RunId) -> Result<Option<Resumption>, DbError> {
    tx.optional(sql(OF_RUN).bind(tenant.as_str()).bind(run.as_str())).await?.as_ref().map(read).transpose()
}

/// The latest run that came from this one, if any.
///
/// # Errors
/// The database failed.
pub async fn latest_of(tx: &mut Tx, tenant: &TenantId, run: &RunId) -> Result<Option<Resumption>, DbError> {
    tx.optional(sql(LATEST_OF).bind(tenant.as_str()).bind(run.as_str())).await?.as_ref().map(read).transpose()
}

pub(super) async fn failed(tx: &mut Tx, tenant: &TenantId, which: &FailedRuns) -> Result<Vec<Run>, DbError> {
    // A stored error is a `RunError` as JSON; its code comes first.
    let prefix = which.error_code.as_ref().map(|code| format!("{{\"code\":{},", json!(code)));
    let query = sql(FAILED)
        .bind(tenant.as_str())
        .bind(which.after.as_ref().map(RunId::as_str))
        .bind(which.subjects.as_ref().map(|s| json!(s).to_string()))
        .bind(prefix)
        .bind(which.since)
        .bind(which.until)
        .bind(which.limit);
    tx.all(query).await?.iter().map(Run::from_row).collect()
}

pub(super) async fn count(tx: &mut Tx, old: &Run, copy: &Copy) -> Result<i64, DbError> {
    tx.one(bound(COUNT, old, copy)).await?.get("n")
}

/// The large outcomes among what is taken over.
pub(super) async fn large(tx: &mut Tx, old: &Run, copy: &Copy) -> Result<Vec<(i64, Payload)>, DbError> {
    tx.all(bound(LARGE, old, copy)).await?.iter().map(|row| Ok((row.get("pos")?, Payload::from_stored(row.get("outcome")?)))).collect()
}

fn bound(text: &'static str, old: &Run, copy: &Copy) -> millrace_db::Query {
    sql(text).bind(old.id.as_str()).bind(old.generation).bind(int(copy.below)).bind(copy.before_pos).bind(copy.after_pos).bind(int(copy.asked))
}

/// Writes the new run with its journal; answers how many entries it has. `None`: the run is resumed already, or gone.
pub(super) async fn insert(tx: &mut Tx, what: &Insert<'_>, large: &[(i64, Payload)]) -> Result<Option<i64>, DbError> {
    let Insert { old, new, copy, .. } = what;
    let ordinal = match what.force {
        true => tx.one(sql(LAST_ORDINAL).bind(old.id.as_str())).await?.get::<i64>("n")? + 1,
        false => 0,
    };
    let difference = what.difference.map(|d| json!(d).to_string());
    let resumption = sql(INSERT_RESUMPTION).bind(new.id.as_str()).bind(old.tenant.as_str()).bind(old.id.as_str()).bind(ordinal).bind(&old.program);
    if tx.execute(resumption.bind(&new.program).bind(json!(copy.retried).to_string()).bind(difference).bind(what.now)).await? == 0 {
        return Ok(None);
    }
    let run = sql(INSERT_RUN).bind(old.tenant.as_str()).bind(old.id.as_str()).bind(new.id.as_str()).bind(&new.program);
    if tx.execute(run.bind(what.input.as_stored()).bind(what.now).bind(new.origin().as_str()).bind(new.subject_revision)).await? == 0 {
        return Ok(None);
    }
    let kept = i64::try_from(tx.execute(bound(COPY, old, copy).bind(new.id.as_str())).await?).unwrap_or(i64::MAX);
    for (pos, payload) in large {
        tx.execute(sql(SET_OUTCOME).bind(new.id.as_str()).bind(old.generation).bind(*pos).bind(payload.as_stored())).await?;
    }
    tx.execute(sql(COPY_INTENTS).bind(old.id.as_str()).bind(old.generation).bind(int(copy.below)).bind(new.id.as_str())).await?;
    tx.execute(sql(SET_KEPT).bind(new.id.as_str()).bind(kept)).await?;
    Ok(Some(kept))
}

fn read(row: &Row) -> Result<Resumption, DbError> {
    let retried: String = row.get("retried")?;
    let difference: Option<String> = row.get("difference")?;
    let damaged = |column: &str, e: &serde_json::Error| DbError::Column { column: column.to_owned(), reason: e.to_string() };
    Ok(Resumption {
        run_id: row.get("run_id")?,
        resumed_from: row.get("resumed_from")?,
        from_program: row.get("from_program")?,
        program: row.get("program")?,
        kept: row.get("kept")?,
        retried: serde_json::from_str(&retried).map_err(|e| damaged("retried", &e))?,
        difference: difference.as_deref().map(serde_json::from_str).transpose().map_err(|e| damaged("difference", &e))?,
    })
}

fn int(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

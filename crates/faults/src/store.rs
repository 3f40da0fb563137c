//! What the checker reads from the database, behind the product's back.

use std::collections::BTreeMap;

use millrace_db::{Db, DbError, Row, Sql, sql};

/// One run as it stands.
#[derive(Debug, Clone)]
pub struct RunRow {
    /// Its id.
    pub id: String,
    /// Its state.
    pub state: String,
    /// How often it was taken.
    pub epoch: i64,
    /// Its generation.
    pub generation: i64,
    /// The run that started it.
    pub parent: Option<String>,
    /// The call of that run.
    pub parent_seq: Option<i64>,
    /// What it answered.
    pub output: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
}

/// One journal entry.
#[derive(Debug, Clone)]
pub struct EntryRow {
    /// Which generation.
    pub generation: i64,
    /// Its position.
    pub pos: i64,
    /// The number of the call.
    pub seq: i64,
    /// The kind of the call.
    pub kind: String,
    /// Whether it succeeded.
    pub ok: bool,
    /// Its outcome.
    pub outcome: String,
    /// Micros, by the node's clock: when the call was asked for.
    pub started_at: i64,
    /// Micros, by the node's clock: when the entry was written.
    pub finished_at: i64,
    /// Micros, by the machine's clock: on PostgreSQL when the entry was committed, on SQLite when its transaction began.
    pub committed_at: i64,
}

const RUNS: &str = "SELECT id, state, epoch, generation, parent_id, parent_seq, output, error FROM runs WHERE id > $1 ORDER BY id LIMIT 2000";
/// PostgreSQL tells when each transaction was committed (`track_commit_timestamp`), whatever the nodes' clocks say.
const JOURNAL: Sql = Sql::pair(
    "SELECT run_id, generation, pos, seq, kind, ok, outcome, started_at, finished_at, finished_at AS committed_at FROM journal \
     WHERE (run_id, generation, pos) > ($1, $2, $3) ORDER BY run_id, generation, pos LIMIT 5000",
    "SELECT run_id, generation, pos, seq, kind, ok, outcome, started_at, finished_at, \
       CAST(extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000000 AS BIGINT) AS committed_at FROM journal \
     WHERE (run_id, generation, pos) > ($1, $2, $3) ORDER BY run_id, generation, pos LIMIT 5000",
);
const COUNTERS: &str = "SELECT key, value FROM storage WHERE key > $1 ORDER BY key LIMIT 5000";
const OPEN: &str = "SELECT count(*) AS n FROM runs WHERE state IN ('queued', 'running', 'waiting')";
const LEFT: &str = "SELECT (SELECT count(*) FROM waits) + (SELECT count(*) FROM inbox) + (SELECT count(*) FROM intents) AS n";
const HELD: &str = "SELECT id, epoch FROM runs WHERE node_id = $1 AND state = 'running'";
const PROGRESS: &str = "SELECT id, state, epoch FROM runs WHERE id = ANY(ARRAY(SELECT json_array_elements_text($1::json)))";

/// All runs.
///
/// # Errors
/// The database failed.
pub async fn runs(db: &Db) -> Result<Vec<RunRow>, DbError> {
    let mut out: Vec<RunRow> = Vec::new();
    loop {
        let after = out.last().map(|r| r.id.clone()).unwrap_or_default();
        let rows = db.read().await?.all(sql(RUNS).bind(after)).await?;
        if rows.is_empty() {
            return Ok(out);
        }
        for row in &rows {
            out.push(run(row)?);
        }
    }
}

fn run(row: &Row) -> Result<RunRow, DbError> {
    Ok(RunRow {
        id: row.get("id")?,
        state: row.get("state")?,
        epoch: row.get("epoch")?,
        generation: row.get("generation")?,
        parent: row.get("parent_id")?,
        parent_seq: row.get("parent_seq")?,
        output: row.get("output")?,
        error: row.get("error")?,
    })
}

/// All journals, by run.
///
/// # Errors
/// The database failed.
pub async fn journals(db: &Db) -> Result<BTreeMap<String, Vec<EntryRow>>, DbError> {
    let mut out: BTreeMap<String, Vec<EntryRow>> = BTreeMap::new();
    let mut after = (String::new(), 0_i64, 0_i64);
    loop {
        let rows = db.read().await?.all(sql(JOURNAL).bind(&after.0).bind(after.1).bind(after.2)).await?;
        if rows.is_empty() {
            return Ok(out);
        }
        for row in &rows {
            let (id, entry) = (row.get::<String>("run_id")?, entry(row)?);
            after = (id.clone(), entry.generation, entry.pos);
            out.entry(id).or_default().push(entry);
        }
    }
}

fn entry(row: &Row) -> Result<EntryRow, DbError> {
    Ok(EntryRow {
        generation: row.get("generation")?,
        pos: row.get("pos")?,
        seq: row.get("seq")?,
        kind: row.get("kind")?,
        ok: row.get("ok")?,
        outcome: row.get("outcome")?,
        started_at: row.get("started_at")?,
        finished_at: row.get("finished_at")?,
        committed_at: row.get("committed_at")?,
    })
}

/// The workflow's storage.
///
/// # Errors
/// The database failed.
pub async fn counters(db: &Db) -> Result<BTreeMap<String, String>, DbError> {
    let mut out: BTreeMap<String, String> = BTreeMap::new();
    loop {
        let after = out.keys().next_back().cloned().unwrap_or_default();
        let rows = db.read().await?.all(sql(COUNTERS).bind(after)).await?;
        if rows.is_empty() {
            return Ok(out);
        }
        for row in &rows {
            out.insert(row.get("key")?, row.get("value")?);
        }
    }
}

/// How many runs have not ended.
///
/// # Errors
/// The database failed.
pub async fn open_runs(db: &Db) -> Result<i64, DbError> {
    db.read().await?.one(sql(OPEN)).await?.get("n")
}

/// Rows of waits, inboxes and intents; none is left when all runs have ended.
///
/// # Errors
/// The database failed.
pub async fn left_over(db: &Db) -> Result<i64, DbError> {
    db.read().await?.one(sql(LEFT)).await?.get("n")
}

/// The runs in a node's name, and their epochs.
///
/// # Errors
/// The database failed.
pub async fn held(db: &Db, node: &str) -> Result<BTreeMap<String, i64>, DbError> {
    let rows = db.read().await?.all(sql(HELD).bind(node)).await?;
    rows.iter().map(|r| Ok((r.get("id")?, r.get("epoch")?))).collect()
}

/// State and epoch of some runs. PostgreSQL only.
///
/// # Errors
/// The database failed.
pub async fn progress(db: &Db, ids: &[&String]) -> Result<Vec<(String, String, i64)>, DbError> {
    let rows = db.read().await?.all(sql(PROGRESS).bind(serde_json::json!(ids).to_string())).await?;
    rows.iter().map(|r| Ok((r.get("id")?, r.get("state")?, r.get("epoch")?))).collect()
}

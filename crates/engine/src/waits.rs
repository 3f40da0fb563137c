//! What runs wait for, and how an outcome reaches them: through the inbox, which only a run's owner empties, under its fence.

use std::collections::BTreeSet;

use millrace_clock::Timestamp;
use millrace_db::{Db, DbError, Row, Sql, Tx, sql};
use millrace_ids::{RunId, TenantId};
use serde_json::{Value, json};

use crate::Outcome;

/// One open wait of a run.
#[derive(Debug, Clone)]
pub struct Wait {
    /// Whose run it is.
    pub tenant: TenantId,
    /// The run that waits.
    pub run_id: RunId,
    /// In which generation.
    pub generation: i64,
    /// The call that waits.
    pub seq: i64,
    /// `timer`, `event`, `approval` or `child`.
    pub kind: String,
    /// Hash of the call.
    pub args_hash: String,
    /// The call's arguments as they may be shown.
    pub args: String,
    /// What wakes it.
    pub key: String,
    /// When it ends by itself.
    pub due_at: Option<Timestamp>,
    /// Since when.
    pub created_at: Timestamp,
}

const OF_RUN: &str = "SELECT * FROM waits WHERE run_id = $1 AND generation = $2 ORDER BY seq";
pub(crate) const BY_KEY: &str = "SELECT * FROM waits WHERE tenant_id = $1 AND kind = $2 AND key = $3 ORDER BY run_id, generation, seq LIMIT 10000";
pub(crate) const DUE: &str = "SELECT * FROM waits WHERE due_at IS NOT NULL AND due_at <= $1 ORDER BY due_at LIMIT $2";
/// Taken before anything is written: a run that is about to leave memory holds this lock while it looks at its inbox, so either
/// it sees the outcome or the wake-up sees it waiting. SQLite has one writer and needs no lock.
const LOCK_RUN: Sql = Sql::pair("SELECT id FROM runs WHERE id = $1", "SELECT id FROM runs WHERE id = $1 FOR UPDATE");
const DISARM: &str = "UPDATE waits SET due_at = NULL WHERE run_id = $1 AND generation = $2 AND seq = $3";
/// The first outcome wins: a decision and a time-out cannot both count. A wait that is gone has been answered.
const DELIVER: &str = "INSERT INTO inbox (run_id, generation, seq, ok, outcome, at) \
    SELECT run_id, generation, seq, $4, $5, $6 FROM waits WHERE run_id = $1 AND generation = $2 AND seq = $3 \
    ON CONFLICT (run_id, generation, seq) DO NOTHING";
const WAKE: &str = "UPDATE runs SET state = 'queued', due_at = $2 WHERE id = $1 AND state = 'waiting'";

/// As [`LOCK_RUN`] for many, in one order.
const LOCK_RUNS: Sql = Sql::pair(
    "SELECT id FROM runs WHERE false AND id = $1",
    "SELECT id FROM runs WHERE id = ANY(ARRAY(SELECT json_array_elements_text($1::json))) ORDER BY id FOR UPDATE",
);
const DELIVER_ALL: Sql = Sql::pair(
    "INSERT INTO inbox (run_id, generation, seq, ok, outcome, at) \
     SELECT w.run_id, w.generation, w.seq, u.value->>'ok', u.value->>'outcome', $2 FROM json_each($1) AS u \
       JOIN waits AS w ON w.run_id = u.value->>'run_id' AND w.generation = u.value->>'generation' AND w.seq = u.value->>'seq' \
     WHERE true ON CONFLICT (run_id, generation, seq) DO NOTHING RETURNING run_id",
    "INSERT INTO inbox (run_id, generation, seq, ok, outcome, at) \
     SELECT w.run_id, w.generation, w.seq, u.ok, u.outcome, $2 \
       FROM json_to_recordset($1::json) AS u(run_id text, generation bigint, seq bigint, ok boolean, outcome text) \
       JOIN waits AS w ON w.run_id = u.run_id AND w.generation = u.generation AND w.seq = u.seq \
     WHERE w.run_id = ANY(ARRAY(SELECT row->>'run_id' FROM json_array_elements($1::json) AS row)) \
     ON CONFLICT (run_id, generation, seq) DO NOTHING RETURNING run_id",
);
const DISARM_ALL: Sql = Sql::pair(
    "UPDATE waits SET due_at = NULL FROM (SELECT value->>'run_id' AS run_id, value->>'generation' AS generation, value->>'seq' AS seq FROM json_each($1)) AS u \
     WHERE waits.run_id = u.run_id AND waits.generation = u.generation AND waits.seq = u.seq",
    "UPDATE waits SET due_at = NULL FROM json_to_recordset($1::json) AS u(run_id text, generation bigint, seq bigint) \
     WHERE waits.run_id = u.run_id AND waits.generation = u.generation AND waits.seq = u.seq \
       AND waits.run_id = ANY(ARRAY(SELECT row->>'run_id' FROM json_array_elements($1::json) AS row))",
);
const WAKE_ALL: Sql = Sql::pair(
    "UPDATE runs SET state = 'queued', due_at = $2 WHERE state = 'waiting' AND id IN (SELECT value FROM json_each($1)) RETURNING id",
    "UPDATE runs SET state = 'queued', due_at = $2 WHERE state = 'waiting' AND id = ANY(ARRAY(SELECT json_array_elements_text($1::json))) RETURNING id",
);

/// What became of many outcomes.
#[derive(Debug, Default)]
pub(crate) struct Delivered {
    /// The runs to which an outcome came first, once for each.
    pub(crate) runs: Vec<RunId>,
    /// Those of them that did not wait in the queue's sight: some node may hold them and must hear of it by name.
    pub(crate) held: Vec<RunId>,
}

/// The open waits of a run.
///
/// # Errors
/// The database failed.
pub async fn of_run(tx: &mut Tx, run: &RunId, generation: i64) -> Result<Vec<Wait>, DbError> {
    tx.all(sql(OF_RUN).bind(run.as_str()).bind(generation)).await?.iter().map(from_row).collect()
}

/// As [`of_run`], in a statement of its own.
pub(crate) async fn open_of(db: &Db, run: &RunId, generation: i64) -> Result<Vec<Wait>, DbError> {
    db.all(sql(OF_RUN).bind(run.as_str()).bind(generation)).await?.iter().map(from_row).collect()
}

/// The open waits of a tenant for one key.
pub(crate) async fn by_key(tx: &mut Tx, tenant: &TenantId, kind: &str, key: &str) -> Result<Vec<Wait>, DbError> {
    tx.all(sql(BY_KEY).bind(tenant.as_str()).bind(kind).bind(key)).await?.iter().map(from_row).collect()
}

/// Waits whose time has come.
pub(crate) async fn due(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<Vec<Wait>, DbError> {
    tx.all(sql(DUE).bind(now).bind(limit)).await?.iter().map(from_row).collect()
}

/// Puts an outcome into the inbox of the run that waits and makes the run ready. Answers whether this outcome was the first.
pub(crate) async fn deliver(tx: &mut Tx, wait: &Wait, outcome: &Outcome, now: Timestamp) -> Result<bool, DbError> {
    let (run, generation, seq) = (wait.run_id.as_str(), wait.generation, wait.seq);
    tx.optional(sql(LOCK_RUN).bind(run)).await?;
    let put = sql(DELIVER).bind(run).bind(generation).bind(seq).bind(outcome.ok).bind(&outcome.json).bind(now);
    let first = tx.execute(put).await? == 1;
    tx.execute(sql(DISARM).bind(run).bind(generation).bind(seq)).await?;
    if first {
        tx.execute(sql(WAKE).bind(run).bind(now)).await?;
    }
    Ok(first)
}

/// [`deliver`] for many waits: a statement for each kind of row, however many there are.
pub(crate) async fn deliver_all(tx: &mut Tx, outcomes: &[(Wait, Outcome)], now: Timestamp) -> Result<Delivered, DbError> {
    if outcomes.is_empty() {
        return Ok(Delivered::default());
    }
    let ids: BTreeSet<&str> = outcomes.iter().map(|(wait, _)| wait.run_id.as_str()).collect();
    tx.all(sql(LOCK_RUNS).bind(json!(ids).to_string())).await?;
    let row = |(wait, outcome): &(Wait, Outcome)| {
        json!({ "run_id": wait.run_id.as_str(), "generation": wait.generation, "seq": wait.seq, "ok": outcome.ok, "outcome": outcome.json })
    };
    let rows = Value::Array(outcomes.iter().map(row).collect()).to_string();
    let first = tx.all(sql(DELIVER_ALL).bind(rows.as_str()).bind(now)).await?;
    tx.execute(sql(DISARM_ALL).bind(rows)).await?;
    let runs: Vec<RunId> = first.iter().map(|r| r.get("run_id")).collect::<Result<_, _>>()?;
    let woken = tx.all(sql(WAKE_ALL).bind(json!(runs).to_string()).bind(now)).await?;
    let woken: BTreeSet<RunId> = woken.iter().map(|r| r.get("id")).collect::<Result<_, _>>()?;
    let held = runs.iter().filter(|run| !woken.contains(run)).cloned().collect();
    Ok(Delivered { runs, held })
}

fn from_row(row: &Row) -> Result<Wait, DbError> {
    Ok(Wait {
        tenant: row.get("tenant_id")?,
        run_id: row.get("run_id")?,
        generation: row.get("generation")?,
        seq: row.get("seq")?,
        kind: row.get("kind")?,
        args_hash: row.get("args_hash")?,
        args: row.get("args")?,
        key: row.get("key")?,
        due_at: row.time_opt("due_at")?,
        created_at: row.time("created_at")?,
    })
}

/// Whether an event's data has every member that the wait's `match` names, with equal values. Pure.
pub(crate) fn matches(args: &str, data: &serde_json::Value) -> bool {
    let args: serde_json::Value = serde_json::from_str(args).unwrap_or_default();
    match args.get("match") {
        Some(serde_json::Value::Object(wanted)) => wanted.iter().all(|(path, value)| lookup(data, path) == Some(value)),
        _ => true,
    }
}

fn lookup<'a>(data: &'a serde_json::Value, path: &str) -> Option<&'a serde_json::Value> {
    data.get(path).or_else(|| path.split('.').try_fold(data, |at, key| at.get(key)))
}

#[cfg(test)]
mod tests {
    use super::matches;
    use serde_json::json;

    #[test]
    fn an_event_fits_when_every_named_member_is_equal() {
        let data = json!({ "order": { "id": 7 }, "kind": "paid" });
        assert!(matches(r#"{"name":"x"}"#, &data));
        assert!(matches(r#"{"match":{"order.id":7,"kind":"paid"}}"#, &data));
        assert!(!matches(r#"{"match":{"order.id":8}}"#, &data));
        assert!(!matches(r#"{"match":{"missing":null}}"#, &data));
    }
}

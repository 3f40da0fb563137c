//! The SQL of rollouts.

use millrace_clock::Timestamp;
use millrace_db::{Db, DbError, Row, Tx, sql};
use millrace_ids::{InstallationId, RolloutId, TenantId, VersionId, WorkflowId};

use super::limits;
use super::model::{Counted, Ends, Rollout};

const INSERT: &str = "INSERT INTO workflow_rollouts (id, workflow_id, developer_id, from_version_id, to_version_id, to_number, to_version, percentage, salt, status, back, \
      reason, auto_halt, started_by, started_at, updated_at, finished_at, changed, swept, swept_at, leased_by, lease_until, counted_from, counted_until, new_ended, new_failed, old_ended, old_failed) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, $16, 1, 0, 0, NULL, 0, $15, $15, 0, 0, 0, 0)";
const GET: &str = "SELECT * FROM workflow_rollouts WHERE id = $1";
const NEWEST: &str = "SELECT * FROM workflow_rollouts WHERE workflow_id = $1 ORDER BY id DESC LIMIT 1";
const SUPERSEDE: &str = "UPDATE workflow_rollouts SET status = 'superseded', back = false, finished_at = $2, updated_at = $2 WHERE workflow_id = $1 AND status IN ('active', 'halted')";
/// A change of how far it goes begins to count anew. `$8` NULL: it counts on.
const CHANGE: &str = "UPDATE workflow_rollouts SET percentage = $2, status = $3, back = $4, reason = $5, auto_halt = $6, updated_at = $7, finished_at = $9, changed = changed + 1, \
      counted_from = COALESCE($8, counted_from), counted_until = COALESCE($8, counted_until), new_ended = CASE WHEN $8 IS NULL THEN new_ended ELSE 0 END, \
      new_failed = CASE WHEN $8 IS NULL THEN new_failed ELSE 0 END, old_ended = CASE WHEN $8 IS NULL THEN old_ended ELSE 0 END, old_failed = CASE WHEN $8 IS NULL THEN old_failed ELSE 0 END \
    WHERE id = $1 AND updated_at = $10 AND status = $11";
const STIR: &str = "UPDATE workflow_rollouts SET changed = changed + 1 WHERE workflow_id = $1 AND status = 'active'";
const RELEASED: &str = "SELECT DISTINCT to_version_id, to_number FROM workflow_rollouts WHERE workflow_id = $1 AND to_number <= $2";

/// Rollouts that need somebody: those that move or that are looked at.
const LIVE: &str = "SELECT * FROM workflow_rollouts WHERE status = 'active' OR (back AND changed <> swept) ORDER BY id LIMIT $1";
const LEASE: &str = "UPDATE workflow_rollouts SET leased_by = $2, lease_until = $3 WHERE id = $1 AND (lease_until <= $4 OR leased_by = $2) AND (status = 'active' OR back)";
const RELEASE: &str = "UPDATE workflow_rollouts SET lease_until = 0 WHERE id = $1 AND leased_by = $2";
const SWEPT: &str = "UPDATE workflow_rollouts SET swept = $2, swept_at = $3 WHERE id = $1";
const COMPLETE: &str = "UPDATE workflow_rollouts SET status = 'complete', finished_at = $3, updated_at = $3 WHERE id = $1 AND status = 'active' AND percentage = 10000 AND changed = $2";
const COUNTED: &str = "UPDATE workflow_rollouts SET counted_until = $2, new_ended = $3, new_failed = $4, old_ended = $5, old_failed = $6 WHERE id = $1 AND counted_until = $7 AND counted_from = $8";

/// Ends of runs of a workflow's versions in a span, by whether they are of the version in question.
const ENDS: &str = "SELECT (r.program = $2) AS is_new, r.state, count(*) AS n FROM runs r JOIN workflow_versions v ON v.id = r.program \
    WHERE v.workflow_id = $1 AND v.number <= $5 AND r.finished_at IS NOT NULL AND r.finished_at > $3 AND r.finished_at <= $4 AND r.state IN ('completed', 'failed') \
    GROUP BY 1, 2";

fn ids(row: &Row) -> Result<Rollout, DbError> {
    Ok(Rollout {
        id: row.get("id")?,
        workflow: row.get("workflow_id")?,
        developer: row.get("developer_id")?,
        from: row.get("from_version_id")?,
        to: row.get("to_version_id")?,
        to_number: row.get("to_number")?,
        to_version: row.get("to_version")?,
        percentage: row.get("percentage")?,
        salt: row.get("salt")?,
        status: row.parse("status")?,
        back: row.get("back")?,
        reason: row.get("reason")?,
        auto_halt: row.json("auto_halt")?,
        started_by: row.get("started_by")?,
        started_at: row.time("started_at")?,
        updated_at: row.time("updated_at")?,
        finished_at: row.time_opt("finished_at")?,
        changed: row.get("changed")?,
        swept: row.get("swept")?,
        swept_at: row.time("swept_at")?,
        counted_from: row.time("counted_from")?,
        counted_until: row.time("counted_until")?,
        counted: Counted {
            new: Ends { ended: row.get("new_ended")?, failed: row.get("new_failed")? },
            old: Ends { ended: row.get("old_ended")?, failed: row.get("old_failed")? },
        },
    })
}

fn text(of: &impl serde::Serialize) -> String {
    serde_json::to_string(of).unwrap_or_default()
}

pub(super) async fn insert(tx: &mut Tx, r: &Rollout) -> Result<(), DbError> {
    let q = sql(INSERT).bind(r.id.as_str()).bind(r.workflow.as_str()).bind(r.developer.as_str()).bind(r.from.as_ref().map(VersionId::as_str)).bind(r.to.as_str());
    let q = q.bind(r.to_number).bind(&r.to_version).bind(r.percentage).bind(r.salt.clone()).bind(r.status.as_str()).bind(r.back).bind(r.reason.clone());
    tx.execute(q.bind(text(&r.auto_halt)).bind(&r.started_by).bind(r.started_at).bind(r.finished_at)).await.map(drop)
}

pub(super) async fn get(tx: &mut Tx, id: &RolloutId) -> Result<Option<Rollout>, DbError> {
    tx.optional(sql(GET).bind(id.as_str())).await?.as_ref().map(ids).transpose()
}

/// The latest rollout of a workflow: the one that counts.
pub(super) async fn newest(tx: &mut Tx, workflow: &WorkflowId) -> Result<Option<Rollout>, DbError> {
    tx.optional(sql(NEWEST).bind(workflow.as_str())).await?.as_ref().map(ids).transpose()
}

/// Ends what an earlier rollout of the workflow still wants.
pub(super) async fn supersede(tx: &mut Tx, workflow: &WorkflowId, now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(SUPERSEDE).bind(workflow.as_str()).bind(now)).await.map(drop)
}

/// Stores a change, unless another one was stored since `read` was read. With `anew` its runs are counted from now on.
pub(super) async fn change(tx: &mut Tx, read: &Rollout, r: &Rollout, anew: bool) -> Result<bool, DbError> {
    let q = sql(CHANGE).bind(r.id.as_str()).bind(r.percentage).bind(r.status.as_str()).bind(r.back).bind(r.reason.clone()).bind(text(&r.auto_halt));
    let q = q.bind(r.updated_at).bind(anew.then_some(r.updated_at)).bind(r.finished_at).bind(read.updated_at).bind(read.status.as_str());
    Ok(tx.execute(q).await? == 1)
}

/// An installation may move that could not before: the sweep looks again.
pub(super) async fn stir(tx: &mut Tx, workflow: &WorkflowId) -> Result<(), DbError> {
    tx.execute(sql(STIR).bind(workflow.as_str())).await.map(drop)
}

/// The versions that were ever rolled out, up to a number, with their numbers.
pub(super) async fn released(tx: &mut Tx, workflow: &WorkflowId, up_to: i64) -> Result<Vec<(VersionId, i64)>, DbError> {
    let rows = tx.all(sql(RELEASED).bind(workflow.as_str()).bind(up_to)).await?;
    rows.iter().map(|row| Ok((row.get("to_version_id")?, row.get("to_number")?))).collect()
}

pub(super) async fn live(tx: &mut Tx) -> Result<Vec<Rollout>, DbError> {
    tx.all(sql(LIVE).bind(limits::BATCH)).await?.iter().map(ids).collect()
}

/// As [`live`], in one statement.
pub(super) async fn live_now(db: &Db) -> Result<Vec<Rollout>, DbError> {
    db.all(sql(LIVE).bind(limits::BATCH)).await?.iter().map(ids).collect()
}

/// Takes or renews the lease; answers whether it is ours.
pub(super) async fn lease(tx: &mut Tx, id: &RolloutId, me: &str, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(LEASE).bind(id.as_str()).bind(me).bind(now.plus(limits::LEASE)).bind(now)).await? == 1)
}

pub(super) async fn release(tx: &mut Tx, id: &RolloutId, me: &str) -> Result<(), DbError> {
    tx.execute(sql(RELEASE).bind(id.as_str()).bind(me)).await.map(drop)
}

pub(super) async fn swept(tx: &mut Tx, id: &RolloutId, count: i64, now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(SWEPT).bind(id.as_str()).bind(count).bind(now)).await.map(drop)
}

/// A rollout to everybody is complete after a whole pass, unless something changed meanwhile.
pub(super) async fn complete(tx: &mut Tx, id: &RolloutId, count: i64, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(COMPLETE).bind(id.as_str()).bind(count).bind(now)).await? == 1)
}

/// Notes counts that are final, unless another node did.
pub(super) async fn counted(tx: &mut Tx, r: &Rollout, until: Timestamp, counted: &Counted) -> Result<(), DbError> {
    let q = sql(COUNTED).bind(r.id.as_str()).bind(until).bind(counted.new.ended).bind(counted.new.failed).bind(counted.old.ended).bind(counted.old.failed);
    tx.execute(q.bind(r.counted_until).bind(r.counted_from)).await.map(drop)
}

/// Ends of runs after `since`, up to `until`.
pub(super) async fn ends(tx: &mut Tx, r: &Rollout, since: Timestamp, until: Timestamp) -> Result<Counted, DbError> {
    let q = sql(ENDS).bind(r.workflow.as_str()).bind(r.to.as_str()).bind(since).bind(until).bind(r.to_number);
    let mut counted = Counted::default();
    for row in tx.all(q).await? {
        let ends = if row.get::<bool>("is_new")? { &mut counted.new } else { &mut counted.old };
        let n: i64 = row.get("n")?;
        ends.ended += n;
        if row.get::<String>("state")? == "failed" {
            ends.failed += n;
        }
    }
    Ok(counted)
}

/// An installation that the sweep looks at.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub id: InstallationId,
    pub tenant: TenantId,
}

pub(super) fn candidate(row: &Row) -> Result<Candidate, DbError> {
    Ok(Candidate { id: row.get("id")?, tenant: row.get("tenant_id")? })
}

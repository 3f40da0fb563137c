//! Forgetting: finished runs past their time, delivery ids after a day, and the payloads of days that no run needs.
//!
//! What a run leaves is mostly its journal and its logs. PostgreSQL keeps them in one table a day (by the time in the run's
//! id), and a day goes whole when no run of it is left; the embedded file deletes rows and gives its free pages back.

use std::sync::Arc;

use millrace_clock::Timestamp;
use millrace_db::{DbError, Dialect, Row, Sql, Tx, sql};
use millrace_ids::{RunId, TenantId};

use crate::EngineError;
use crate::engine::Inner;
use crate::limits::{DAY_PATIENCE, DAYS_AHEAD, FREE_PAGES, RETENTION_BATCH, RETENTION_PAYLOADS, RETENTION_ROWS};
use crate::measure::{FORGOTTEN_DELIVERIES, FORGOTTEN_RUNS};
use crate::payload::PayloadStore;

pub(crate) const OLD: &str = "SELECT id FROM runs WHERE finished_at IS NOT NULL AND finished_at < $1 ORDER BY finished_at LIMIT $2";
const OLD_OF_SUBJECT: &str = "SELECT id FROM runs WHERE tenant_id = $1 AND subject = $2 AND finished_at IS NOT NULL AND finished_at < $3 ORDER BY id LIMIT $4";
const DELETE_RUNS: Sql = Sql::pair("DELETE FROM runs WHERE id IN (SELECT value FROM json_each($1))", "DELETE FROM runs WHERE id = ANY(ARRAY(SELECT json_array_elements_text($1::json)))");
/// A row or a few for each run.
const DELETE_BESIDE: [Sql; 4] = [
    Sql::pair("DELETE FROM run_traces WHERE run_id IN (SELECT value FROM json_each($1))", "DELETE FROM run_traces WHERE run_id = ANY(ARRAY(SELECT json_array_elements_text($1::json)))"),
    Sql::pair("DELETE FROM intents WHERE run_id IN (SELECT value FROM json_each($1))", "DELETE FROM intents WHERE run_id = ANY(ARRAY(SELECT json_array_elements_text($1::json)))"),
    Sql::pair("DELETE FROM run_generations WHERE run_id IN (SELECT value FROM json_each($1))", "DELETE FROM run_generations WHERE run_id = ANY(ARRAY(SELECT json_array_elements_text($1::json)))"),
    Sql::pair("DELETE FROM resumptions WHERE run_id IN (SELECT value FROM json_each($1))", "DELETE FROM resumptions WHERE run_id = ANY(ARRAY(SELECT json_array_elements_text($1::json)))"),
];
/// What runs leave besides their row, in the embedded file.
const DELETE_ROWS: [&str; 2] = [
    "DELETE FROM journal WHERE (run_id, generation, pos) IN (SELECT run_id, generation, pos FROM journal WHERE run_id IN (SELECT value FROM json_each($1)) LIMIT $2)",
    "DELETE FROM run_logs WHERE (run_id, n) IN (SELECT run_id, n FROM run_logs WHERE run_id IN (SELECT value FROM json_each($1)) LIMIT $2)",
];
const DELIVERIES: &str = "DELETE FROM deliveries WHERE (trigger, delivery_id) IN (SELECT trigger, delivery_id FROM deliveries WHERE expires_at < $1 LIMIT $2)";
const OLDEST_RUN: &str = "SELECT min(created_at) AS at FROM runs";
const PAYLOADS: &str = "DELETE FROM payloads WHERE (tenant_id, hash) IN (SELECT tenant_id, hash FROM payloads WHERE created_at < $1 LIMIT $2)";

/// Free pages go back to the file system a few at a time; never a VACUUM.
const GIVE_BACK: &str = "PRAGMA incremental_vacuum(2000)";
const FREE: &str = "PRAGMA freelist_count";

/// A day's tables may only be had while nobody holds them; others must not queue up behind us.
const BRIEFLY: &str = "SET LOCAL lock_timeout = '200ms'";
const MAKE_DAYS: &str = "SELECT run_days_make($1, $2) AS n";
const DROP_DAYS: &str = "SELECT run_days_drop($1) AS n";
/// In days that keep a run alive, what the forgotten ones left.
const SWEEP: [&str; 2] = [
    "DELETE FROM journal WHERE run_id < run_id_at($1) AND (run_id, generation, pos) IN (SELECT j.run_id, j.generation, j.pos FROM journal j \
       WHERE j.run_id < run_id_at($1) AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.id = j.run_id) LIMIT $2)",
    "DELETE FROM run_logs WHERE run_id < run_id_at($1) AND (run_id, n) IN (SELECT l.run_id, l.n FROM run_logs l \
       WHERE l.run_id < run_id_at($1) AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.id = l.run_id) LIMIT $2)",
];

/// One step of forgetting. Answers whether there is more to do now.
pub(crate) async fn tick(inner: &Arc<Inner>, now: Timestamp) -> Result<bool, EngineError> {
    let before = now.minus(inner.settings.retention);
    let mut tx = inner.db.begin().await?;
    let mut more = forget_runs(&mut tx, before).await?;
    let deliveries = tx.execute(sql(DELIVERIES).bind(now).bind(RETENTION_BATCH)).await?;
    more |= deliveries == u64::from(RETENTION_BATCH);
    let oldest = tx.one(sql(OLDEST_RUN)).await?.time_opt("at")?;
    tx.commit().await?;
    FORGOTTEN_DELIVERIES.increment(deliveries);
    if more {
        return Ok(true);
    }
    let more = drop_payloads(inner, oldest.unwrap_or(now)).await?;
    Ok(more | give_back(inner, before, now).await?)
}

/// Deletes some of the runs that ended before. Answers whether there are more.
async fn forget_runs(tx: &mut Tx, before: Timestamp) -> Result<bool, DbError> {
    let rows = tx.all(sql(OLD).bind(before).bind(RETENTION_BATCH)).await?;
    forget(tx, &rows).await
}

/// Deletes some of the runs of one subject that ended before: what is to be forgotten earlier than the rest. Answers whether
/// there are more.
///
/// # Errors
/// The database failed.
pub async fn forget_of_subject(tx: &mut Tx, tenant: &TenantId, subject: &str, before: Timestamp) -> Result<bool, DbError> {
    let rows = tx.all(sql(OLD_OF_SUBJECT).bind(tenant.as_str()).bind(subject).bind(before).bind(RETENTION_BATCH)).await?;
    forget(tx, &rows).await
}

/// Deletes these runs with what they left. Answers whether there may be more.
async fn forget(tx: &mut Tx, rows: &[Row]) -> Result<bool, DbError> {
    let ids = rows.iter().map(|r| r.get::<RunId>("id")).collect::<Result<Vec<_>, _>>()?;
    if ids.is_empty() {
        return Ok(false);
    }
    let list = serde_json::json!(ids).to_string();
    if tx.dialect() == Dialect::Sqlite {
        for statement in DELETE_ROWS {
            if tx.execute(sql(statement).bind(&list).bind(RETENTION_ROWS)).await? == u64::from(RETENTION_ROWS) {
                // The runs go last, so that a step that comes back finds them.
                return Ok(true);
            }
        }
    }
    for statement in DELETE_BESIDE {
        tx.execute(sql(statement).bind(&list)).await?;
    }
    FORGOTTEN_RUNS.increment(tx.execute(sql(DELETE_RUNS).bind(&list)).await?);
    Ok(ids.len() == RETENTION_BATCH as usize)
}

/// Gives room back to the file system, and makes the next days' tables. Answers whether there is more to do now.
async fn give_back(inner: &Arc<Inner>, before: Timestamp, now: Timestamp) -> Result<bool, EngineError> {
    if inner.db.dialect() == Dialect::Sqlite {
        let mut tx = inner.db.begin().await?;
        let free = |tx: &millrace_db::Row| tx.get::<i64>("freelist_count");
        let mut left = free(&tx.one(sql(FREE)).await?)?;
        if left > FREE_PAGES {
            tx.all(sql(GIVE_BACK)).await?;
            left = free(&tx.one(sql(FREE)).await?)?;
        }
        tx.commit().await?;
        return Ok(left > FREE_PAGES);
    }
    let mut tx = inner.db.begin().await?;
    tx.execute(sql(BRIEFLY)).await?;
    tx.one(sql(MAKE_DAYS).bind(now.millis()).bind(DAYS_AHEAD)).await?;
    tx.commit().await?;
    let mut tx = inner.db.begin().await?;
    tx.execute(sql(BRIEFLY)).await?;
    let dropped: i64 = tx.one(sql(DROP_DAYS).bind(before.millis())).await?.get("n")?;
    tx.commit().await?;
    if dropped > 0 {
        tracing::info!(tables = dropped, "days without runs were dropped");
    }
    let mut tx = inner.db.begin().await?;
    let mut more = false;
    for statement in SWEEP {
        more |= tx.execute(sql(statement).bind(before.minus(DAY_PATIENCE).millis()).bind(RETENTION_ROWS)).await? == u64::from(RETENTION_ROWS);
    }
    tx.commit().await?;
    Ok(more)
}

/// Deletes payloads that no run can name any more. Answers whether there are more.
async fn drop_payloads(inner: &Arc<Inner>, oldest: Timestamp) -> Result<bool, EngineError> {
    let before = oldest.minus(DAY_PATIENCE);
    match &inner.payloads {
        PayloadStore::Table(db) => {
            let mut tx = db.begin().await?;
            let gone = tx.execute(sql(PAYLOADS).bind(before).bind(RETENTION_PAYLOADS)).await?;
            tx.commit().await?;
            Ok(gone == u64::from(RETENTION_PAYLOADS))
        }
        PayloadStore::Directory(root) => {
            let (root, last) = (root.clone(), before.to_jiff().strftime("%Y%m%d").to_string());
            let done = tokio::task::spawn_blocking(move || remove_days(&root, &last)).await;
            done.map_err(std::io::Error::other).and_then(|r| r).map_err(EngineError::Payload)?;
            Ok(false)
        }
    }
}

fn remove_days(root: &std::path::Path, before: &str) -> std::io::Result<()> {
    let days = match std::fs::read_dir(root) {
        Ok(days) => days,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(e),
    };
    for day in days {
        let day = day?;
        let name = day.file_name();
        if name.to_str().is_some_and(|n| n.len() == 8 && n < before) {
            std::fs::remove_dir_all(day.path())?;
        }
    }
    Ok(())
}

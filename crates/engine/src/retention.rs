//! Forgetting: finished runs past their time, delivery ids after a day, and the payloads of days that no run needs.

use std::sync::Arc;
use std::time::Duration;

use millrace_clock::Timestamp;
use millrace_db::{Dialect, Sql, sql};
use millrace_ids::RunId;

use crate::EngineError;
use crate::engine::Inner;
use crate::limits::RETENTION_BATCH;
use crate::payload::PayloadStore;

const OLD: &str = "SELECT id FROM runs WHERE finished_at IS NOT NULL AND finished_at < $1 ORDER BY finished_at LIMIT $2";
const DELETE: [Sql; 5] = [
    Sql::pair("DELETE FROM journal WHERE run_id IN (SELECT value FROM json_each($1))", "DELETE FROM journal WHERE run_id = ANY(ARRAY(SELECT json_array_elements_text($1::json)))"),
    Sql::pair("DELETE FROM run_logs WHERE run_id IN (SELECT value FROM json_each($1))", "DELETE FROM run_logs WHERE run_id = ANY(ARRAY(SELECT json_array_elements_text($1::json)))"),
    Sql::pair("DELETE FROM intents WHERE run_id IN (SELECT value FROM json_each($1))", "DELETE FROM intents WHERE run_id = ANY(ARRAY(SELECT json_array_elements_text($1::json)))"),
    Sql::pair("DELETE FROM resumptions WHERE run_id IN (SELECT value FROM json_each($1))", "DELETE FROM resumptions WHERE run_id = ANY(ARRAY(SELECT json_array_elements_text($1::json)))"),
    Sql::pair("DELETE FROM runs WHERE id IN (SELECT value FROM json_each($1))", "DELETE FROM runs WHERE id = ANY(ARRAY(SELECT json_array_elements_text($1::json)))"),
];
const DELIVERIES: Sql = Sql::pair(
    "DELETE FROM deliveries WHERE (trigger, delivery_id) IN (SELECT trigger, delivery_id FROM deliveries WHERE expires_at < $1 LIMIT $2)",
    "DELETE FROM deliveries WHERE (trigger, delivery_id) IN (SELECT trigger, delivery_id FROM deliveries WHERE expires_at < $1 LIMIT $2)",
);
const OLDEST_RUN: &str = "SELECT min(created_at) AS at FROM runs";
const PAYLOADS: &str = "DELETE FROM payloads WHERE created_at < $1";
/// Freed pages go back to the file system a few at a time; never a VACUUM.
const GIVE_BACK: &str = "PRAGMA incremental_vacuum(2000)";

/// One step of forgetting. Answers whether there is more to do now.
pub(crate) async fn tick(inner: &Arc<Inner>, now: Timestamp) -> Result<bool, EngineError> {
    let before = now.minus(inner.settings.retention);
    let mut tx = inner.db.begin().await?;
    let rows = tx.all(sql(OLD).bind(before).bind(RETENTION_BATCH)).await?;
    let ids = rows.iter().map(|r| r.get::<RunId>("id")).collect::<Result<Vec<_>, _>>()?;
    let mut more = ids.len() == RETENTION_BATCH as usize;
    if !ids.is_empty() {
        let list = serde_json::json!(ids).to_string();
        for statement in DELETE {
            tx.execute(sql(statement).bind(&list)).await?;
        }
    }
    more |= tx.execute(sql(DELIVERIES).bind(now).bind(RETENTION_BATCH)).await? == u64::from(RETENTION_BATCH);
    let oldest = tx.one(sql(OLDEST_RUN)).await?.time_opt("at")?;
    tx.commit().await?;
    if !more {
        drop_payloads(inner, oldest.unwrap_or(now)).await?;
        if inner.db.dialect() == Dialect::Sqlite {
            let mut tx = inner.db.begin().await?;
            tx.all(sql(GIVE_BACK)).await?;
            tx.commit().await?;
        }
    }
    Ok(more)
}

/// A run only refers to payloads that are not older than itself, so whole days before the oldest run can go. One day of
/// grace covers a payload that was stored just before its run.
async fn drop_payloads(inner: &Arc<Inner>, oldest: Timestamp) -> Result<(), EngineError> {
    let before = oldest.minus(Duration::from_secs(2 * 24 * 3600));
    match &inner.payloads {
        PayloadStore::Table(db) => {
            let mut tx = db.begin().await?;
            tx.execute(sql(PAYLOADS).bind(before)).await?;
            tx.commit().await?;
        }
        PayloadStore::Directory(root) => {
            let (root, last) = (root.clone(), before.to_jiff().strftime("%Y%m%d").to_string());
            let done = tokio::task::spawn_blocking(move || remove_days(&root, &last)).await;
            done.map_err(std::io::Error::other).and_then(|r| r).map_err(EngineError::Payload)?;
        }
    }
    Ok(())
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

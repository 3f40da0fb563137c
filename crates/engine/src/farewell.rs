//! Forgetting a whole tenant: its runs with everything they left, its schedules, its large payloads.

use std::io;
use std::path::Path;

use millrace_db::{Db, DbError, Sql, Tx, sql};
use millrace_ids::{RunId, TenantId};

use crate::EngineError;
use crate::limits::RETENTION_BATCH;
use crate::payload::PayloadStore;

const RUNS: &str = "SELECT id FROM runs WHERE tenant_id = $1 ORDER BY id LIMIT $2";

macro_rules! of_runs {
    ($table:literal, $column:literal) => {
        Sql::pair(
            concat!("DELETE FROM ", $table, " WHERE ", $column, " IN (SELECT value FROM json_each($1))"),
            concat!("DELETE FROM ", $table, " WHERE ", $column, " = ANY(ARRAY(SELECT json_array_elements_text($1::json)))"),
        )
    };
}

/// What runs left, and the runs last: a step that comes back after a crash finds them. Ids of deliveries go by themselves, a day
/// after they came.
const OF_RUNS: [Sql; 9] = [
    of_runs!("journal", "run_id"),
    of_runs!("run_logs", "run_id"),
    of_runs!("waits", "run_id"),
    of_runs!("inbox", "run_id"),
    of_runs!("intents", "run_id"),
    of_runs!("run_traces", "run_id"),
    of_runs!("run_generations", "run_id"),
    of_runs!("resumptions", "run_id"),
    of_runs!("runs", "id"),
];
const OF_TENANT: [&str; 4] = [
    "DELETE FROM schedules WHERE tenant_id = $1",
    "DELETE FROM payloads WHERE tenant_id = $1",
    // What outlived its run.
    "DELETE FROM run_generations WHERE tenant_id = $1",
    "DELETE FROM resumptions WHERE tenant_id = $1",
];

/// Forgets everything of a tenant whose runs rest for good. In many small transactions: one that breaks off is begun again.
///
/// # Errors
/// The database or the disk failed; what was forgotten until then stays forgotten.
pub async fn forget_tenant(db: &Db, payloads: &PayloadStore, tenant: &TenantId) -> Result<(), EngineError> {
    loop {
        let mut tx = db.begin().await?;
        let gone = forget_some(&mut tx, tenant).await?;
        tx.commit().await?;
        if gone == 0 {
            break;
        }
    }
    let mut tx = db.begin().await?;
    for statement in OF_TENANT {
        tx.execute(sql(statement).bind(tenant.as_str())).await?;
    }
    tx.commit().await?;
    if let PayloadStore::Directory(root) = payloads {
        let (root, tenant) = (root.clone(), tenant.clone());
        let removed = tokio::task::spawn_blocking(move || remove_folders(&root, &tenant)).await;
        removed.map_err(io::Error::other).and_then(|r| r).map_err(EngineError::Payload)?;
    }
    Ok(())
}

async fn forget_some(tx: &mut Tx, tenant: &TenantId) -> Result<usize, DbError> {
    let rows = tx.all(sql(RUNS).bind(tenant.as_str()).bind(RETENTION_BATCH)).await?;
    let ids = rows.iter().map(|row| row.get::<RunId>("id")).collect::<Result<Vec<_>, _>>()?;
    if !ids.is_empty() {
        let list = serde_json::json!(ids).to_string();
        for statement in OF_RUNS {
            tx.execute(sql(statement).bind(&list)).await?;
        }
    }
    Ok(ids.len())
}

/// Removes a tenant's folder of each day.
fn remove_folders(root: &Path, tenant: &TenantId) -> io::Result<()> {
    let gone = |e: &io::Error| e.kind() == io::ErrorKind::NotFound;
    let days = match std::fs::read_dir(root) {
        Ok(days) => days,
        Err(e) if gone(&e) => return Ok(()),
        Err(e) => return Err(e),
    };
    for day in days {
        match std::fs::remove_dir_all(day?.path().join(tenant.as_str())) {
            Err(e) if !gone(&e) => return Err(e),
            _ => {}
        }
    }
    Ok(())
}

//! What runs logged.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Tx, sql};
use millrace_ids::RunId;

/// One stored log line.
#[derive(Debug, Clone)]
pub struct LogLine {
    /// Its number in the run.
    pub n: i64,
    /// `debug`, `info`, `warn` or `error`.
    pub level: String,
    /// The program's clock.
    pub at: Timestamp,
    /// Text.
    pub message: String,
    /// Further values, JSON.
    pub data: Option<String>,
}

pub(crate) const AFTER: &str = "SELECT n, level, at, message, data FROM run_logs WHERE run_id = $1 AND n > $2 ORDER BY n LIMIT $3";

/// Up to `limit` lines after number `after`. The caller has checked that the run is the tenant's.
///
/// # Errors
/// The database failed.
pub async fn logs_after(tx: &mut Tx, run: &RunId, after: i64, limit: u32) -> Result<Vec<LogLine>, DbError> {
    tx.all(sql(AFTER).bind(run.as_str()).bind(after).bind(limit)).await?.iter().map(read).collect()
}

pub(crate) const LATEST: &str = "SELECT n, level, at, message, data FROM run_logs WHERE run_id = $1 ORDER BY n DESC LIMIT $2";

/// The last `limit` lines, oldest first. The caller has checked that the run is the tenant's.
///
/// # Errors
/// The database failed.
pub async fn latest_logs(tx: &mut Tx, run: &RunId, limit: u32) -> Result<Vec<LogLine>, DbError> {
    tx.all(sql(LATEST).bind(run.as_str()).bind(limit)).await?.iter().rev().map(read).collect()
}

fn read(row: &Row) -> Result<LogLine, DbError> {
    Ok(LogLine { n: row.get("n")?, level: row.get("level")?, at: row.time("at")?, message: row.get("message")?, data: row.get("data")? })
}

//! What runs logged.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx, sql};
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
    let rows = tx.all(sql(AFTER).bind(run.as_str()).bind(after).bind(limit)).await?;
    rows.iter()
        .map(|row| Ok(LogLine { n: row.get("n")?, level: row.get("level")?, at: row.time("at")?, message: row.get("message")?, data: row.get("data")? }))
        .collect()
}

//! Whether anything moves, and what time will bring: for whoever moves the clock (tests of workflows).

use std::sync::atomic::Ordering;

use millrace_clock::Timestamp;
use millrace_db::sql;

use super::Engine;
use crate::EngineError;

const UNDER_WAY: &str = "SELECT (SELECT count(*) FROM runs WHERE state = 'queued' AND due_at <= $1) \
    + (SELECT count(*) FROM inbox i JOIN runs r ON r.id = i.run_id AND r.generation = i.generation WHERE r.state IN ('queued', 'running', 'waiting')) AS moving, \
    (SELECT count(*) FROM runs WHERE state = 'running') AS running";
const NEXT_LIMIT: &str = "SELECT min(at) AS at FROM (SELECT min(due_at) AS at FROM waits WHERE due_at IS NOT NULL UNION ALL SELECT min(due_at) AS at FROM runs WHERE state = 'queued') AS due";
const NEXT_SLOT: &str = "SELECT min(next_at) AS at FROM schedules WHERE next_at IS NOT NULL";

impl Engine {
    /// Whether nothing moves any more before time or the outside world brings something: no run executes, has a call under way,
    /// is due in the queue or has news to take in. For one node alone on its database; a look costs a statement.
    ///
    /// # Errors
    /// The database failed.
    pub async fn is_quiet(&self) -> Result<bool, EngineError> {
        let rests = || self.0.held.lock().len() == self.0.resting.load(Ordering::Acquire);
        if !rests() {
            return Ok(false);
        }
        let Some(row) = self.0.db.optional(sql(UNDER_WAY).bind(self.0.clock.now())).await? else { return Ok(true) };
        let held = i64::try_from(self.held()).unwrap_or(i64::MAX);
        Ok(row.get::<i64>("moving")? == 0 && row.get::<i64>("running")? == held && rests())
    }

    /// When the next wait of a run ends by itself, or a run that was put off is due.
    ///
    /// # Errors
    /// The database failed.
    pub async fn next_limit(&self) -> Result<Option<Timestamp>, EngineError> {
        self.earliest(NEXT_LIMIT).await
    }

    /// When the next schedule fires.
    ///
    /// # Errors
    /// The database failed.
    pub async fn next_slot(&self) -> Result<Option<Timestamp>, EngineError> {
        self.earliest(NEXT_SLOT).await
    }

    async fn earliest(&self, statement: &'static str) -> Result<Option<Timestamp>, EngineError> {
        Ok(self.0.db.optional(sql(statement)).await?.map(|row| row.time_opt("at")).transpose()?.flatten())
    }
}

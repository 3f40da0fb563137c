//! Whether anything moves, and what time will bring: for whoever moves the clock (tests of workflows).

use std::sync::atomic::Ordering;

use millrace_clock::Timestamp;
use millrace_db::sql;

use super::Engine;
use crate::EngineError;

/// One statement, so that what leaves one of these places is seen in the next: a wait that ends becomes news in the same commit.
const LOOK: &str = "SELECT (SELECT count(*) FROM runs WHERE state = 'queued' AND due_at <= $1) \
    + (SELECT count(*) FROM inbox i JOIN runs r ON r.id = i.run_id AND r.generation = i.generation WHERE r.state IN ('queued', 'running', 'waiting')) AS moving, \
    (SELECT count(*) FROM runs WHERE state = 'running') AS running, \
    (SELECT min(at) FROM (SELECT min(due_at) AS at FROM waits WHERE due_at IS NOT NULL UNION ALL SELECT min(due_at) AS at FROM runs WHERE state = 'queued') AS due) AS next_limit, \
    (SELECT min(next_at) FROM schedules WHERE next_at IS NOT NULL) AS slot";

/// What time will bring to an engine in which nothing moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coming {
    /// When the next wait of a run ends by itself, or a run that was put off is due.
    pub limit: Option<Timestamp>,
    /// When the next schedule fires.
    pub slot: Option<Timestamp>,
}

impl Coming {
    /// Whichever is first.
    pub fn first(&self) -> Option<Timestamp> {
        self.limit.into_iter().chain(self.slot).min()
    }
}

impl Engine {
    /// What time will bring, if nothing moves before: no run executes, has a call under way, is due or has news to take in, and no
    /// wait or schedule is due. For one node alone on its database; a look costs a statement.
    ///
    /// # Errors
    /// The database failed.
    pub async fn coming(&self) -> Result<Option<Coming>, EngineError> {
        let rests = || self.0.held.lock().len() == self.0.resting.load(Ordering::Acquire);
        // A run that moved while the database was asked, and rests again, was perhaps seen between two of its waits.
        let moves = || self.0.moves.load(Ordering::Acquire);
        let before = moves();
        if !rests() {
            return Ok(None);
        }
        let now = self.0.clock.now();
        let Some(row) = self.0.db.optional(sql(LOOK).bind(now)).await? else { return Ok(None) };
        let held = i64::try_from(self.held()).unwrap_or(i64::MAX);
        let coming = Coming { limit: row.time_opt("next_limit")?, slot: row.time_opt("slot")? };
        let is_quiet = row.get::<i64>("moving")? == 0 && row.get::<i64>("running")? == held && rests() && moves() == before;
        Ok(Some(coming).filter(|coming| is_quiet && coming.first().is_none_or(|at| at > now)))
    }
}

//! Timers and schedules: one `tick(now)` fires what is due and says when to look again.

use std::sync::Arc;

use millrace_clock::Timestamp;
use millrace_db::sql;

use crate::engine::Inner;
use crate::limits::DUE_BATCH;
use crate::{EngineError, schedule, waits};

/// When something is due next; an idle look is this one statement.
const NEXT: &str = "SELECT min(at) AS at FROM (SELECT min(due_at) AS at FROM waits WHERE due_at IS NOT NULL UNION ALL SELECT min(next_at) AS at FROM schedules WHERE next_at IS NOT NULL) AS due";

/// Fires due waits and schedules. Answers when something is due next, if anything is.
pub(crate) async fn tick(inner: &Arc<Inner>, now: Timestamp) -> Result<Option<Timestamp>, EngineError> {
    let Some(next) = inner.db.optional(sql(NEXT)).await?.map(|r| r.time_opt("at")).transpose()?.flatten() else {
        return Ok(None);
    };
    if next > now {
        return Ok(Some(next));
    }
    fire_waits(inner, now).await?;
    fire_schedules(inner, now).await?;
    Ok(Some(now))
}

async fn fire_waits(inner: &Arc<Inner>, now: Timestamp) -> Result<(), EngineError> {
    let mut tx = inner.db.read().await?;
    let due = waits::due(&mut tx, now, DUE_BATCH).await?;
    drop(tx);
    if due.is_empty() {
        return Ok(());
    }
    let mut tx = inner.db.begin().await?;
    for wait in &due {
        waits::deliver(&mut tx, wait, &inner.perform.timed_out(&wait.kind), now).await?;
    }
    inner.notify_in(&mut tx, due.iter().map(|w| &w.run_id)).await?;
    // Woken even if the answer was lost: the outcomes may lie in the inboxes, and nothing fires for them again.
    let done = tx.commit().await;
    inner.wake_runs(due.iter().map(|w| &w.run_id));
    Ok(done?)
}

async fn fire_schedules(inner: &Arc<Inner>, now: Timestamp) -> Result<(), EngineError> {
    let mut tx = inner.db.read().await?;
    let due = schedule::due(&mut tx, now, DUE_BATCH).await?;
    drop(tx);
    for schedule in &due {
        fire(inner, schedule, now).await?;
    }
    Ok(())
}

/// Starts the runs of a due schedule first and moves it afterwards: a crash in between starts nothing twice, because a slot's
/// instant is its delivery id.
async fn fire(inner: &Arc<Inner>, schedule: &schedule::Schedule, now: Timestamp) -> Result<(), EngineError> {
    let (slots, next) = match schedule::due_slots(schedule, now) {
        Ok((slots, next)) => (slots, Some(next)),
        Err(e) => {
            tracing::warn!(schedule = schedule.id, error = %e, "a stored schedule cannot fire any more");
            (Vec::new(), None)
        }
    };
    for slot in slots {
        if let Some(mut new) = inner.perform.scheduled(schedule, slot).await {
            new.delivery = Some((schedule.id.clone(), format!("slot:{}", slot.micros())));
            inner.start(new).await?;
        }
    }
    let mut tx = inner.db.begin().await?;
    schedule::advance(&mut tx, schedule, now, next).await?;
    tx.commit().await?;
    Ok(())
}

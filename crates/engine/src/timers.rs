//! Timers and schedules: one `tick(now)` fires what is due and says when to look again.

use std::sync::Arc;

use futures::stream::{self, StreamExt as _};
use millrace_clock::Timestamp;
use millrace_db::sql;

use crate::engine::Inner;
use crate::limits::{DUE_BATCH, SCHEDULES_AT_ONCE, TAKEN_PAUSE};
use crate::measure::LATENESS;
use crate::schedule::{Due, Fired};
use crate::{EngineError, schedule, waits};

/// When something is due next; an idle look is this one statement.
pub(crate) const NEXT: &str = "SELECT min(at) AS at FROM (SELECT min(due_at) AS at FROM waits WHERE due_at IS NOT NULL UNION ALL SELECT min(next_at + spread_us) AS at FROM schedules WHERE next_at IS NOT NULL) AS due";

/// Fires due waits and schedules. Answers when something is due next, if anything is.
pub(crate) async fn tick(inner: &Arc<Inner>, now: Timestamp) -> Result<Option<Timestamp>, EngineError> {
    let Some(next) = inner.db.optional(sql(NEXT)).await?.map(|r| r.time_opt("at")).transpose()?.flatten() else {
        return Ok(None);
    };
    if next > now {
        return Ok(Some(next));
    }
    let fired = fire_waits(inner, now).await? + fire_schedules(inner, now).await?;
    // What is due and not to be had is another scheduler's work at this moment.
    Ok(Some(if fired > 0 { now } else { now.plus(TAKEN_PAUSE) }))
}

async fn fire_waits(inner: &Arc<Inner>, now: Timestamp) -> Result<usize, EngineError> {
    let mut tx = inner.db.read().await?;
    let due = waits::due(&mut tx, now, DUE_BATCH).await?;
    drop(tx);
    if due.is_empty() {
        return Ok(0);
    }
    let mut tx = inner.db.begin().await?;
    let due: Vec<_> = due.into_iter().map(|wait| { let outcome = inner.perform.timed_out(&wait.kind); (wait, outcome) }).collect();
    let delivered = waits::deliver_all(&mut tx, &due, now).await?;
    inner.notify_of(&mut tx, &delivered).await?;
    // Woken even if the answer was lost: the outcomes may lie in the inboxes, and nothing fires for them again.
    let done = tx.commit().await;
    inner.wake_runs(due.iter().map(|(wait, _)| &wait.run_id));
    done?;
    for at in due.iter().filter_map(|(wait, _)| wait.due_at) {
        LATENESS.record(now.since(at).as_secs_f64());
    }
    Ok(due.len())
}

async fn fire_schedules(inner: &Arc<Inner>, now: Timestamp) -> Result<usize, EngineError> {
    // SQLite has one writer, which the runs need; and one scheduler, which needs no lock.
    let locks = inner.db.locks_rows();
    let mut tx = if locks { inner.db.begin().await? } else { inner.db.read().await? };
    let due = schedule::due(&mut tx, now, DUE_BATCH).await?;
    let held = locks.then_some(tx);
    let mut firing = stream::iter(due.into_iter().map(|due| fire(inner.clone(), due, now))).buffer_unordered(SCHEDULES_AT_ONCE);
    let (mut fired, mut failed) = (Vec::new(), None);
    while let Some(outcome) = firing.next().await {
        match outcome {
            Ok(one) => fired.push(one),
            // The others move on; this one is due again at the next look.
            Err(e) => failed = Some(e),
        }
    }
    if !fired.is_empty() {
        let mut tx = match held {
            Some(tx) => tx,
            None => inner.db.begin().await?,
        };
        schedule::advance(&mut tx, &fired, now).await?;
        tx.commit().await?;
    }
    failed.map_or(Ok(fired.len()), Err)
}

/// Starts the runs of a due schedule; the caller moves it afterwards. A crash in between starts nothing twice, because a
/// slot's instant is its delivery id.
async fn fire(inner: Arc<Inner>, due: Due, now: Timestamp) -> Result<Fired, EngineError> {
    let Due { schedule, spread } = due;
    let (slots, next) = match schedule::due_slots(&schedule, spread, now) {
        Ok((slots, next)) => (slots, Some(next)),
        Err(e) => {
            tracing::warn!(schedule = schedule.id, error = %e, "a stored schedule cannot fire any more");
            (Vec::new(), None)
        }
    };
    for slot in slots {
        if let Some(mut new) = inner.perform.scheduled(&schedule, slot).await? {
            new.delivery = Some((schedule.id.clone(), format!("slot:{}", slot.micros())));
            inner.start(new).await?;
        }
    }
    let spread = schedule::spread(&schedule.id, &schedule.spec, inner.settings.schedule_spread);
    Ok(Fired { id: schedule.id, was: schedule.next_at, next, spread })
}

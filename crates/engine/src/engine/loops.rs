//! The node's loops: each is a `tick` and three lines around it, woken by news and otherwise seldom.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use millrace_db::{Dialect, Sql, sql};
use millrace_ids::RunId;

use super::Inner;
use crate::limits::{CLAIM_PAUSE, CLAIM_WORTH, IDLE_POLL, LEASE_RENEWAL, QUEUE_POLL, SWEEP_RENEWALS, WATCH};
use crate::settings::Role;
use crate::claim::Rest;
use crate::{EngineError, claim, retention, timers};

const MINE: &str = "SELECT id FROM runs WHERE node_id = $1 AND state = 'running'";
const GIVE_BACK: Sql = Sql::pair(
    "UPDATE runs SET state = 'queued', node_id = NULL, epoch = epoch + 1 WHERE state = 'running' AND node_id = $1 AND id IN (SELECT value FROM json_each($2))",
    "UPDATE runs SET state = 'queued', node_id = NULL, epoch = epoch + 1 WHERE state = 'running' AND node_id = $1 AND id = ANY(ARRAY(SELECT json_array_elements_text($2::json)))",
);
/// Pause after a failed look at the database.
const SETBACK: Duration = Duration::from_millis(500);

pub(super) fn start(inner: &Arc<Inner>) {
    if inner.settings.has(Role::Worker) {
        tokio::spawn(queue(inner.clone()));
    }
    tokio::spawn(lease(inner.clone()));
    if inner.settings.has(Role::Scheduler) {
        tokio::spawn(timer(inner.clone()));
        tokio::spawn(watch(inner.clone()));
        tokio::spawn(forget(inner.clone()));
    }
    if inner.db.dialect() == Dialect::Postgres {
        tokio::spawn(listen(inner.clone()));
    }
}

/// Takes runs from the queue.
async fn queue(inner: Arc<Inner>) {
    while !inner.is_stopping() {
        let (rest, taken) = match claim_all(&inner).await {
            Ok(looked) => looked,
            Err(e) => {
                tracing::debug!(error = %e, "claim");
                // The claim may have been committed although its answer was lost: those runs are in our name and in nobody's memory.
                inner.sweep.store(true, Ordering::Release);
                tokio::time::sleep(SETBACK).await;
                continue;
            }
        };
        let pause = match rest {
            Rest::More if taken >= CLAIM_WORTH && inner.slots.available_permits() > 0 => continue,
            // Room comes back run by run. A claim is a transaction, so it takes several at once.
            Rest::More => {
                tokio::time::sleep(CLAIM_PAUSE).await;
                QUEUE_POLL
            }
            Rest::NotNow => QUEUE_POLL,
            Rest::Nothing => IDLE_POLL,
        };
        let _ = tokio::time::timeout(pause, inner.queue.notified()).await;
    }
}

/// Answers what is left, and how many runs were taken.
async fn claim_all(inner: &Arc<Inner>) -> Result<(Rest, usize), EngineError> {
    if inner.sweep.swap(false, Ordering::AcqRel) {
        inner.sweep_orphans().await?;
    }
    let _gate = inner.nodes.gate.read().await;
    let (runs, rest) = claim::claim(inner).await?;
    if !runs.is_empty() {
        inner.lease.notify_one();
    }
    let taken = runs.len();
    for (run, slot) in runs {
        inner.spawn(run, slot, false);
    }
    Ok((rest, taken))
}

/// Renews the lease while runs are held, and gives it up when none are.
async fn lease(inner: Arc<Inner>) {
    let mut renewals = 0_u32;
    // A node that drains still holds runs: nobody may take them as long as it writes.
    while !inner.is_stopping() || (inner.committer().is_ok() && !inner.held.lock().is_empty()) {
        let busy = !inner.held.lock().is_empty();
        if !busy && !inner.nodes.has_lease() {
            // Hand-overs and claims write the first lease in their own transaction and wake this loop.
            let _ = tokio::time::timeout(IDLE_POLL * 4, inner.lease.notified()).await;
            let _gate = inner.nodes.gate.write().await;
            if inner.held.lock().is_empty() && !inner.nodes.has_lease() {
                let _ = inner.nodes.heartbeat(&inner.db, inner.now(), false).await;
            }
            continue;
        }
        tokio::time::sleep(LEASE_RENEWAL).await;
        let busy = !inner.held.lock().is_empty();
        let renewed = if busy {
            inner.nodes.heartbeat(&inner.db, inner.now(), true).await
        } else {
            let _gate = inner.nodes.gate.write().await;
            let busy = !inner.held.lock().is_empty() || inner.sweep_is_due();
            inner.nodes.heartbeat(&inner.db, inner.now(), busy).await
        };
        renewals += 1;
        if !busy || renewals.is_multiple_of(SWEEP_RENEWALS) {
            inner.request_sweep();
        }
        if let Err(e) = renewed {
            tracing::warn!(error = %e, "the lease could not be renewed");
        }
    }
}

/// Fires timers and schedules.
async fn timer(inner: Arc<Inner>) {
    while !inner.is_stopping() {
        let now = inner.now();
        let pause = match timers::tick(&inner, now).await {
            Ok(Some(next)) => next.since(now).min(IDLE_POLL),
            Ok(None) => IDLE_POLL,
            Err(e) => {
                tracing::debug!(error = %e, "timers");
                SETBACK
            }
        };
        if pause.is_zero() {
            inner.queue.notify_one();
            tokio::task::yield_now().await;
            continue;
        }
        if tokio::time::timeout(pause, inner.timer.notified()).await.is_err() {
            inner.queue.notify_one();
        }
    }
}

/// Takes back what dead nodes held. Looks often only while another node holds a lease.
async fn watch(inner: Arc<Inner>) {
    if inner.db.dialect() == Dialect::Sqlite {
        return;
    }
    while !inner.is_stopping() {
        let leased = look(&inner).await.unwrap_or(true);
        let pause = if leased { WATCH } else { IDLE_POLL };
        let _ = tokio::time::timeout(pause, inner.watch.notified()).await;
    }
}

async fn look(inner: &Arc<Inner>) -> Result<bool, EngineError> {
    let look = inner.nodes.look(&inner.db, inner.now()).await?;
    if (look.ownerless || !look.dead.is_empty()) && inner.nodes.bury(&inner.db, inner.now(), &look.dead).await? > 0 {
        inner.queue.notify_one();
    }
    Ok(look.watched)
}

async fn forget(inner: Arc<Inner>) {
    while !inner.is_stopping() {
        let more = retention::tick(&inner, inner.now()).await.unwrap_or_else(|e| {
            tracing::warn!(error = %e, "retention");
            false
        });
        tokio::time::sleep(if more { Duration::from_millis(200) } else { Duration::from_secs(600) }).await;
    }
}

/// Hears what other nodes tell.
async fn listen(inner: Arc<Inner>) {
    while !inner.is_stopping() {
        if let Err(e) = hear(&inner).await {
            tracing::debug!(error = %e, "listener");
        }
        tokio::time::sleep(SETBACK).await;
    }
}

async fn hear(inner: &Arc<Inner>) -> Result<(), EngineError> {
    let Some(mut listener) = inner.db.listener().await? else { return Ok(()) };
    listener.listen("millrace").await?;
    // What was said before we listened is not repeated: look once.
    inner.queue.notify_one();
    inner.timer.notify_one();
    inner.watch.notify_one();
    while !inner.is_stopping() {
        let said = listener.recv().await?;
        match said.as_str() {
            "queue" => inner.queue.notify_one(),
            "timer" => inner.timer.notify_one(),
            "busy" => inner.watch.notify_one(),
            run => inner.wake_runs([RunId::from_stored(run.to_owned())].iter()),
        }
    }
    Ok(())
}

impl Inner {
    /// Whether a run in this node's memory is still its own, before an effect of it begins. Costs nothing while the lease is
    /// fresh; after a freeze, or while the database is away, it waits for the next renewal and then asks.
    pub(crate) async fn still_owns(&self, run: &crate::Run) -> bool {
        if self.db.dialect() == Dialect::Sqlite || !self.nodes.is_lapsed() {
            return true;
        }
        loop {
            while self.nodes.is_lapsed() {
                tokio::time::sleep(LEASE_RENEWAL / 8).await;
            }
            if let Ok(owns) = self.nodes.owns(&self.db, run).await {
                return owns;
            }
            tokio::time::sleep(LEASE_RENEWAL / 8).await;
        }
    }

    /// Queues runs that are in our name but in nobody's memory: left by a lost answer or a panic.
    async fn sweep_orphans(&self) -> Result<(), EngineError> {
        let _gate = self.nodes.gate.write().await;
        let mut tx = self.db.begin().await?;
        let mut orphans = Vec::new();
        for row in tx.all(sql(MINE).bind(self.nodes.id().as_str())).await? {
            let id: RunId = row.get("id")?;
            if !self.holds(&id) {
                orphans.push(id);
            }
        }
        if !orphans.is_empty() {
            let ids = serde_json::json!(orphans).to_string();
            tx.execute(sql(GIVE_BACK).bind(self.nodes.id().as_str()).bind(ids)).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// At the end: whatever is still in our name goes back to the queue, and the node's row goes.
    pub(super) async fn hand_back(&self) -> Result<(), EngineError> {
        let mut tx = self.db.begin().await?;
        let rows = tx.all(sql(MINE).bind(self.nodes.id().as_str())).await?;
        let ids = rows.iter().map(|r| r.get::<RunId>("id")).collect::<Result<Vec<_>, _>>()?;
        if !ids.is_empty() {
            tx.execute(sql(GIVE_BACK).bind(self.nodes.id().as_str()).bind(serde_json::json!(ids).to_string())).await?;
        }
        self.notify_in(&mut tx, ids.iter()).await?;
        tx.commit().await?;
        self.nodes.leave(&self.db).await?;
        Ok(())
    }
}

//! Beginning a rollout, changing how far it goes, halting it, taking it back.

use millrace_clock::Timestamp;
use millrace_db::Tx;
use millrace_ids::{RolloutId, TenantId, WorkflowId};
use serde_json::json;

use super::bucket::EVERYBODY;
use super::model::{AutoHalt, Counted, How, Rollout, RolloutStatus};
use super::{limits, mails, store};
use crate::app::Parts;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::Actor;
use crate::workflows::model::Version;

/// Begins the rollout of a version in the caller's transaction, which publishes it: from its commit on, installations move. A rollout of
/// the same workflow that was under way ends. Called for every version that is published, the first one too: what was rolled out once is
/// what migrations lead through.
///
/// # Errors
/// The database failed.
pub async fn start_in(tx: &mut Tx, parts: &Parts, by: &Actor, developer: &TenantId, version: &Version, how: &How, now: Timestamp) -> Result<RolloutId, ApiError> {
    let before = store::newest(tx, &version.workflow).await?;
    store::supersede(tx, &version.workflow, now).await?;
    let rollout = Rollout {
        id: RolloutId::generate(),
        workflow: version.workflow.clone(),
        developer: developer.clone(),
        // Whoever a rollout did not reach has what was there before it.
        from: before.map(|before| if went_to_all(&before) { before.to } else { before.from.unwrap_or(before.to) }),
        to: version.id.clone(),
        to_number: version.number,
        to_version: version.version.clone(),
        percentage: how.percentage,
        salt: how.fresh_sample.then(|| version.version.clone()),
        status: if how.percentage == 0 { RolloutStatus::Halted } else { RolloutStatus::Active },
        back: false,
        reason: None,
        auto_halt: how.halts(),
        started_by: by.as_str().to_owned(),
        started_at: now,
        updated_at: now,
        finished_at: None,
        changed: 1,
        swept: 0,
        swept_at: Timestamp::default(),
        counted_from: now,
        counted_until: now,
        counted: Counted::default(),
    };
    store::insert(tx, &rollout).await?;
    parts.rollouts.tell(tx).await?;
    audit::record(tx, Some(developer), by, entry(Action::RolloutStarted, &rollout), now).await?;
    Ok(rollout.id)
}

/// Whether everybody who could has its version.
fn went_to_all(rollout: &Rollout) -> bool {
    rollout.status == RolloutStatus::Complete || (rollout.status == RolloutStatus::Active && rollout.percentage == EVERYBODY)
}

/// What the audit log says of a rollout.
fn entry(action: Action, rollout: &Rollout) -> Entry {
    let said = json!({
        "workflow_id": rollout.workflow, "version_id": rollout.to, "version": rollout.to_version, "from_version_id": rollout.from, "basis_points": rollout.percentage,
        "status": rollout.status, "back": rollout.back, "reason": rollout.reason,
    });
    Entry::new(action, "rollout", &rollout.id).meta(said)
}

/// The rollout that counts for a workflow.
///
/// # Errors
/// 404 `NOT_FOUND` when there is none.
pub(super) async fn newest(parts: &Parts, developer: &TenantId, workflow: &WorkflowId) -> Result<Rollout, ApiError> {
    let mut tx = parts.of(developer).read().await?;
    store::newest(&mut tx, workflow).await?.ok_or_else(|| ApiError::not_found("rollout"))
}

/// How a rollout is to go on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Further {
    /// Basis points.
    pub percentage: i64,
    /// Whether those whom it does not reach any more go back.
    pub back: bool,
    /// When it halts itself; nothing: as before.
    pub auto_halt: Option<AutoHalt>,
}

/// Changes how far a rollout goes. One that was halted goes on.
pub(super) async fn change(parts: &Parts, by: &Actor, read: &Rollout, further: &Further) -> Result<Rollout, ApiError> {
    let goes_on = further.percentage > 0;
    let status = match (goes_on, further.back) {
        (true, _) => RolloutStatus::Active,
        (false, true) => RolloutStatus::RolledBack,
        (false, false) => RolloutStatus::Halted,
    };
    let auto_halt = further.auto_halt.unwrap_or(read.auto_halt);
    let changed = Rollout { percentage: further.percentage, status, back: further.back, reason: None, auto_halt, finished_at: None, ..read.clone() };
    // What failed before it was halted is not held against it again.
    let anew = read.status != RolloutStatus::Active;
    store_change(parts, by, read, changed, Action::RolloutChanged, anew).await
}

/// Halts a rollout: nobody moves any more, who has moved stays, or goes back. The developer is told.
pub(super) async fn halt(parts: &Parts, by: &Actor, read: &Rollout, reason: &str, back: bool) -> Result<Rollout, ApiError> {
    let (status, action) = if back { (RolloutStatus::RolledBack, Action::RolloutRolledBack) } else { (RolloutStatus::Halted, Action::RolloutHalted) };
    let changed = Rollout { percentage: 0, status, back, reason: Some(reason.to_owned()), finished_at: Some(parts.clock.now()), ..read.clone() };
    store_change(parts, by, read, changed, action, false).await
}

async fn store_change(parts: &Parts, by: &Actor, read: &Rollout, mut changed: Rollout, action: Action, anew: bool) -> Result<Rollout, ApiError> {
    let now = parts.clock.now();
    changed.updated_at = now;
    let mut tx = parts.of(&read.developer).begin().await?;
    if !store::change(&mut tx, read, &changed, anew).await? {
        return Err(ApiError::conflict("ROLLOUT_CHANGED", "The rollout was changed at the same time. Look at it again and repeat your change."));
    }
    if action != Action::RolloutChanged {
        mails::halted(&mut tx, parts, &changed, now).await?;
    }
    parts.rollouts.tell(&mut tx).await?;
    audit::record(&mut tx, Some(&read.developer), by, entry(action, &changed), now).await?;
    tx.commit().await?;
    Ok(changed)
}

/// A rollout to everybody ends after a pass that left nobody; one that halts itself is looked at for a while longer.
pub(super) async fn completed(parts: &Parts, read: &Rollout) -> Result<(), ApiError> {
    let now = parts.clock.now();
    let is_watched = read.auto_halt.enabled && now < read.updated_at.plus(limits::WATCH);
    if read.status != RolloutStatus::Active || read.percentage < EVERYBODY || is_watched {
        return Ok(());
    }
    let mut tx = parts.of(&read.developer).begin().await?;
    if store::complete(&mut tx, &read.id, read.changed, now).await? {
        let done = Rollout { status: RolloutStatus::Complete, ..read.clone() };
        audit::record(&mut tx, Some(&read.developer), &Actor::System, entry(Action::RolloutCompleted, &done), now).await?;
    }
    tx.commit().await?;
    Ok(())
}

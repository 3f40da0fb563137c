//! What moves installations: one node at a time looks at each rollout, moves whom it reaches, and halts it when its version fails.

use millrace_clock::Timestamp;

use super::bucket::bucket;
use super::model::{Counted, Rollout, RolloutStatus};
use super::moving::{self, Moved};
use super::plan::{Destination, NoPlan};
use super::store::{self, Candidate};
use super::{control, halt, limits, reach, service};
use crate::app::Parts;
use crate::http::ApiError;
use crate::identity::Actor;
use crate::workflows::service as workflows;

/// Looks at rollouts until the server stops. Several nodes do no harm to each other: a lease decides whose turn it is.
pub(crate) async fn sweep(parts: Parts) {
    tokio::spawn(parts.rollouts.clone().listen(parts.platform().clone(), parts.stopping.clone()));
    let me = hex::encode(rand::random::<[u8; 8]>());
    loop {
        let pause = match look(&parts, &me).await {
            Ok(true) => limits::LOOK,
            Ok(false) => limits::LOOK_IDLE,
            Err(error) => {
                tracing::debug!(error = %error.detail, "rollouts wait for the next look");
                limits::SETBACK
            }
        };
        tokio::select! {
            () = parts.stopping.cancelled() => return,
            () = parts.rollouts.heard() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Looks at all rollouts once; answers whether there are any to be looked at again soon.
pub(super) async fn look(parts: &Parts, me: &str) -> Result<bool, ApiError> {
    let found = if parts.platform().locks_rows() {
        // One statement without a transaction: what an idle node costs.
        store::live_now(parts.platform()).await?
    } else {
        // This waits for whoever is just beginning one.
        store::live(&mut parts.platform().begin().await?).await?
    };
    let mut failed = None;
    for rollout in &found {
        if parts.stopping.is_cancelled() {
            break;
        }
        // One that cannot be worked on must not keep the others.
        if let Err(error) = one(parts, me, rollout).await {
            tracing::warn!(rollout = %rollout.id, error = %error.detail, "a rollout waits for the next look");
            failed = Some(error);
        }
    }
    match failed {
        Some(error) => Err(error),
        None => Ok(!found.is_empty()),
    }
}

async fn one(parts: &Parts, me: &str, rollout: &Rollout) -> Result<(), ApiError> {
    let now = parts.clock.now();
    if rollout.status == RolloutStatus::Active {
        let counted = count(parts, rollout, now).await?;
        if let Some(why) = halt::verdict(&rollout.auto_halt, &counted) {
            return control::halt(parts, &Actor::System, rollout, &why, rollout.auto_halt.rollback).await.map(drop);
        }
    }
    if !rollout.is_due(now) || !lease(parts, me, rollout).await? {
        return Ok(());
    }
    let done = move_all(parts, me, rollout, now).await;
    let mut tx = parts.platform().begin().await?;
    store::release(&mut tx, &rollout.id, me).await?;
    tx.commit().await?;
    done
}

async fn lease(parts: &Parts, me: &str, rollout: &Rollout) -> Result<bool, ApiError> {
    let mut tx = parts.platform().begin().await?;
    let ours = store::lease(&mut tx, &rollout.id, me, parts.clock.now()).await?;
    tx.commit().await?;
    Ok(ours)
}

async fn move_all(parts: &Parts, me: &str, rollout: &Rollout, now: Timestamp) -> Result<(), ApiError> {
    if !pass(parts, me, rollout).await? {
        return Ok(());
    }
    let mut tx = parts.platform().begin().await?;
    store::swept(&mut tx, &rollout.id, rollout.changed, now).await?;
    tx.commit().await?;
    control::completed(parts, rollout).await
}

/// Ends of runs since the rollout counts. What is final is noted, so that a look reads the last seconds only.
pub(super) async fn count(parts: &Parts, rollout: &Rollout, now: Timestamp) -> Result<Counted, ApiError> {
    let horizon = now.minus(limits::COUNT_FINAL);
    let mut known = rollout.counted;
    let mut from = rollout.counted_until;
    if horizon > from.plus(limits::COUNT_FINAL) {
        let mut tx = parts.platform().begin().await?;
        let more = store::ends(&mut tx, rollout, from, horizon).await?;
        known = Counted { new: known.new.plus(more.new), old: known.old.plus(more.old) };
        store::counted(&mut tx, rollout, horizon, &known).await?;
        tx.commit().await?;
        from = horizon;
    }
    let mut tx = parts.platform().read().await?;
    let fresh = store::ends(&mut tx, rollout, from, Timestamp::from_micros(i64::MAX)).await?;
    Ok(Counted { new: known.new.plus(fresh.new), old: known.old.plus(fresh.old) })
}

/// Moves whom it reaches, and takes back whom it does not reach any more. Answers whether everybody was looked at: not when the rollout
/// was changed meanwhile, or something was away.
async fn pass(parts: &Parts, me: &str, rollout: &Rollout) -> Result<bool, ApiError> {
    let mut whole = true;
    if rollout.back {
        whole &= pass_back(parts, me, rollout).await?;
    }
    if rollout.status == RolloutStatus::Active && whole {
        whole &= pass_ahead(parts, me, rollout).await?;
    }
    Ok(whole)
}

async fn pass_ahead(parts: &Parts, me: &str, rollout: &Rollout) -> Result<bool, ApiError> {
    let version = workflows::version(&mut parts.of(&rollout.developer).read().await?, &rollout.developer, &rollout.to).await?;
    if !version.as_ref().is_some_and(service::is_offered) {
        return Ok(true);
    }
    let to = Destination::read(parts, &rollout.developer, &rollout.workflow, &rollout.to, rollout.to_number).await?;
    let (mut after, mut moves, mut whole) = (String::new(), 0, true);
    loop {
        let found = reach::ahead(&mut parts.platform().read().await?, rollout, &after, limits::BATCH).await?;
        let Some(last) = found.last() else { return Ok(whole) };
        after = last.id.to_string();
        for Candidate { id, tenant } in found.iter().filter(|found| rollout.reaches(&found.id)) {
            if !goes_on(parts, me, rollout, &mut moves).await? {
                return Ok(false);
            }
            let moved = moving::advance(parts, &Actor::System, rollout, &to, tenant, id, None).await;
            whole &= is_done(rollout, id.as_str(), moved);
        }
    }
}

async fn pass_back(parts: &Parts, me: &str, rollout: &Rollout) -> Result<bool, ApiError> {
    let (mut after, mut moves, mut whole) = (String::new(), 0, true);
    loop {
        let found = reach::back(&mut parts.platform().read().await?, rollout, &after, limits::BATCH).await?;
        let Some(last) = found.last() else { return Ok(whole) };
        after = last.id.to_string();
        let gone = |found: &&Candidate| bucket(&rollout.workflow, &found.id, rollout.salt.as_deref()) >= rollout.percentage;
        for Candidate { id, tenant } in found.iter().filter(gone) {
            if !goes_on(parts, me, rollout, &mut moves).await? {
                return Ok(false);
            }
            let moved = moving::retreat(parts, &Actor::System, rollout, tenant, id).await;
            whole &= is_done(rollout, id.as_str(), moved);
        }
    }
}

/// Before some of the moves it is looked whether the rollout still stands as it was read; the lease is renewed.
async fn goes_on(parts: &Parts, me: &str, rollout: &Rollout, moves: &mut usize) -> Result<bool, ApiError> {
    *moves += 1;
    if parts.stopping.is_cancelled() {
        return Ok(false);
    }
    if !moves.is_multiple_of(limits::MOVES_PER_LOOK) {
        return Ok(true);
    }
    let mut tx = parts.platform().begin().await?;
    let now = store::get(&mut tx, &rollout.id).await?;
    let ours = store::lease(&mut tx, &rollout.id, me, parts.clock.now()).await?;
    tx.commit().await?;
    Ok(ours && now.is_some_and(|now| (now.status, now.percentage, now.back) == (rollout.status, rollout.percentage, rollout.back)))
}

/// Whether an installation needs no further look in this pass. What is wrong with one keeps nobody else.
fn is_done(rollout: &Rollout, id: &str, moved: Result<Moved, ApiError>) -> bool {
    match moved {
        Ok(Moved::Yes | Moved::Nothing | Moved::No(NoPlan::Failed(..) | NoPlan::Review(..))) => true,
        Ok(Moved::No(NoPlan::Later(why))) => {
            tracing::debug!(rollout = %rollout.id, installation = id, why, "an installation is moved later");
            false
        }
        Err(error) => {
            tracing::warn!(rollout = %rollout.id, installation = id, error = %error.detail, "an installation could not be moved; it is tried again");
            false
        }
    }
}

/// Looks until nothing is left to do, for tests that have no server.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) async fn look_until_quiet(parts: &Parts) {
    for _ in 0..20 {
        look(parts, "test").await.unwrap();
        let live = store::live(&mut parts.platform().read().await.unwrap()).await.unwrap();
        if live.iter().all(|r| r.changed == r.swept) {
            return;
        }
    }
    panic!("the sweep finds no end");
}

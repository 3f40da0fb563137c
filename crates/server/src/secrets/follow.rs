//! Every node's look at which master key seals, and what the scheduler does when it is to be another one.
//!
//! 1. An operator names the next key ([`super::rotate`]). Nothing changes yet.
//! 2. Every node that has it says so in its row. When all do, it becomes the one that seals.
//! 3. Each node notices and seals with it. When all do, one goes through every sealed column ([`super::sweep`]), again and again
//!    until nothing is found under another key: only then the former key may go.
//!
//! At every moment every node has every key that anything is sealed with, so there is no moment at which something is unreadable.

use std::sync::Arc;
use std::time::{Duration, Instant};

use millrace_clock::Timestamp;
use millrace_db::{DbError, Dialect};
use serde_json::json;

use super::limits::{BUSY, CALM, CALM_EMBEDDED, LOOK_AGAIN, NODE_GONE, PROBE};
use super::store::{self, State};
use super::sweep::Sweeper;
use super::wrapping::{self, ServiceError, WrappingKey};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::identity::Actor;

/// Why a look came to nothing; the next one tries again.
#[derive(Debug, thiserror::Error)]
pub(super) enum FollowError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// A node's look, again and again.
pub(crate) struct Follower {
    app: App,
    service: Option<Arc<dyn WrappingKey>>,
    /// When the key service was last asked whether a start would work, and what came of it.
    probed: Option<Instant>,
    away: Option<String>,
}

/// Looks until the server stops.
pub(crate) async fn follow(mut follower: Follower) {
    let app = follower.app.clone();
    loop {
        let pause = match follower.look().await {
            Ok(true) => BUSY,
            Ok(false) => follower.calm(),
            Err(error) => {
                tracing::warn!(%error, "which master key seals could not be looked up; the next look does it");
                BUSY * 5
            }
        };
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

impl Follower {
    /// A node's look at its keys.
    ///
    /// # Errors
    /// The way to the key service cannot be set up.
    pub(crate) fn new(app: App) -> Result<Self, ServiceError> {
        Ok(Self { service: wrapping::of(&app.config)?, app, probed: None, away: None })
    }

    fn calm(&self) -> Duration {
        if self.app.platform().dialect() == Dialect::Sqlite { CALM_EMBEDDED } else { CALM }
    }

    /// One look; whether something is under way.
    pub(super) async fn look(&mut self) -> Result<bool, FollowError> {
        let app = self.app.clone();
        let node = app.engine.node();
        let Some((state, said)) = store::look(app.platform(), node).await? else { return Ok(false) };
        self.probe(&state).await?;
        self.take_up(&state).await?;
        let words = store::words(&app.keyring.seals_with(), &app.keyring.ids());
        if said.is_some_and(|said| said.as_deref() != Some(&words)) {
            let mut tx = app.platform().begin().await?;
            store::say(&mut tx, node, &words).await?;
            tx.commit().await?;
        }
        let now = app.clock.now();
        let old = state.swept_at.is_some_and(|at| now.since(at) >= LOOK_AGAIN);
        if app.config.roles.scheduler {
            if let Some(next) = &state.next {
                self.switch(&state, next, now).await?;
            } else if old || state.swept_at.is_none() {
                self.sweep(&state, now).await?;
            }
        }
        Ok(state.next.is_some() || state.swept_at.is_none())
    }

    /// Seals with the key that seals, and has the one that is to come.
    async fn take_up(&self, state: &State) -> Result<(), FollowError> {
        let keyring = &self.app.keyring;
        let wanted = std::iter::once(&state.seals).chain(&state.next);
        if let Some(service) = &self.service
            && wanted.clone().any(|id| !keyring.has(id))
        {
            // Bound first: the service is asked while no connection of the database is held.
            let all = store::kept(&mut self.app.platform().read().await?).await?;
            for kept in all {
                if !keyring.has(&kept.id) {
                    keyring.add(&wrapping::unwrap(service.as_ref(), &kept).await?);
                }
            }
        }
        let before = keyring.seals_with();
        if before != state.seals && keyring.seal_with(&state.seals) {
            tracing::info!(key = state.seals, before, "another master key seals from now on");
        }
        let lacks = wanted.into_iter().find(|id| !keyring.has(id));
        let lacks = lacks.map(|id| format!("this node does not have master key {id}, which is to seal: add it to MILLRACE_MASTER_KEY and start the node again"));
        keyring.set_trouble(lacks.or_else(|| self.away.clone()));
        Ok(())
    }

    /// Whether a start would work now: a running node has its keys in memory and does not notice that their service is away.
    async fn probe(&mut self, state: &State) -> Result<(), DbError> {
        let Some(service) = self.service.clone() else { return Ok(()) };
        if self.probed.is_some_and(|at| at.elapsed() < PROBE) {
            return Ok(());
        }
        let kept = store::kept(&mut self.app.platform().read().await?).await?;
        self.probed = Some(Instant::now());
        let Some(kept) = kept.iter().find(|key| key.id == state.seals) else { return Ok(()) };
        self.away = match wrapping::unwrap(service.as_ref(), kept).await {
            Ok(_) => None,
            Err(error) => {
                tracing::warn!(%error, "the key service does not unwrap the master key; what runs goes on, a start would fail");
                // Asked again sooner than usual, so that the warning ends soon after the outage.
                self.probed = Instant::now().checked_sub(PROBE - CALM);
                Some(format!("the key service does not unwrap the master key: this node goes on, a start would fail ({error})"))
            }
        };
        Ok(())
    }

    /// The next key seals as soon as every node has it.
    async fn switch(&self, state: &State, next: &str, now: Timestamp) -> Result<(), FollowError> {
        let app = &self.app;
        let mut tx = app.platform().begin().await?;
        let nodes = store::nodes(&mut tx, now.minus(NODE_GONE)).await?;
        let everywhere = app.keyring.has(next) && nodes.iter().all(|node| node.has.iter().any(|id| id == next));
        if !everywhere || !store::switch(&mut tx, next, &state.seals, now).await? {
            return Ok(tx.rollback().await?);
        }
        let entry = Entry::new(Action::MasterKeyRotated, "master_key", next).meta(json!({ "before": state.seals }));
        audit::record(&mut tx, None, &Actor::System, entry, now).await?;
        tx.commit().await?;
        tracing::info!(key = next, before = state.seals, "every node has the next master key: it seals from now on");
        Ok(())
    }

    /// Goes through everything, once every node seals with the key. What was sealed a moment before is seen by the next look: only
    /// one that finds nothing ends the change.
    async fn sweep(&self, state: &State, now: Timestamp) -> Result<(), FollowError> {
        let app = &self.app;
        let nodes = store::nodes(&mut app.platform().read().await?, now.minus(NODE_GONE)).await?;
        let ready = nodes.iter().all(|node| node.seals.as_ref() == Some(&state.seals));
        if !ready && state.swept_at.is_none() {
            return Ok(());
        }
        let sweeper = Sweeper { db: app.platform(), keyring: &app.keyring, clock: &app.clock, node: app.engine.node(), stopping: &app.stopping };
        let Some(swept) = sweeper.sweep(&state.seals).await? else { return Ok(()) };
        if swept.again > 0 {
            tracing::info!(key = state.seals, values = swept.again, "sealed again with the master key that seals");
        }
        if !swept.is_clean() {
            return Ok(());
        }
        let mut tx = app.platform().begin().await?;
        store::swept(&mut tx, &state.seals, app.clock.now(), i64::try_from(swept.unreadable).unwrap_or(i64::MAX)).await?;
        tx.commit().await?;
        if state.swept_at.is_none() {
            tracing::info!(key = state.seals, unreadable = swept.unreadable, "everything that can be read is under the master key that seals");
        }
        Ok(())
    }
}

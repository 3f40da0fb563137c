//! Which workspaces are closed (suspended or deactivated), from memory: for what is asked at each step of a run.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use millrace_db::{Db, DbError};
use millrace_ids::TenantId;
use parking_lot::Mutex;

use super::store;

/// How old the memory may be before it is renewed beside.
const RENEWED: Duration = Duration::from_millis(500);
/// How long it is believed where nobody may be wrong: what one node closes is closed on all of them within this time.
const BELIEVED: Duration = Duration::from_secs(1);

/// This node's memory of closed workspaces. Clone it freely; clones share it.
#[derive(Clone)]
pub struct Closed(Arc<Inner>);

struct Inner {
    db: Db,
    known: Mutex<Known>,
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    /// When the last look began.
    at: Option<Instant>,
    looking: bool,
    tenants: HashSet<TenantId>,
}

impl Closed {
    /// Nothing is known yet; the first question looks.
    pub fn new(db: Db) -> Self {
        Self(Arc::new(Inner { db, known: Mutex::default(), turn: tokio::sync::Mutex::default() }))
    }

    /// Whether a workspace is closed, as far as this node knows. Never waits: what is old is read again beside.
    pub fn has(&self, tenant: &TenantId) -> bool {
        let mut known = self.0.known.lock();
        if !known.looking && known.is_older_than(RENEWED) {
            known.looking = true;
            let own = self.clone();
            tokio::spawn(async move { own.look().await });
        }
        known.tenants.contains(tenant)
    }

    /// The same, at most a second old: waits for the database if need be. While it does not answer, what is known stays in force.
    pub async fn has_now(&self, tenant: &TenantId) -> bool {
        let closed = self.has(tenant);
        if !self.0.known.lock().is_older_than(BELIEVED) {
            return closed;
        }
        // Of many who come back to an idle node at once, one asks.
        let _turn = self.0.turn.lock().await;
        if self.0.known.lock().is_older_than(BELIEVED) {
            self.look().await;
        }
        self.0.known.lock().tenants.contains(tenant)
    }

    async fn look(&self) {
        if let Err(error) = self.load().await {
            tracing::debug!(%error, "which workspaces are closed could not be read; the known ones stay closed");
        }
    }

    /// Reads them now: after the commit of whatever closed or opened one.
    ///
    /// # Errors
    /// The database failed.
    pub async fn load(&self) -> Result<(), DbError> {
        let began = Instant::now();
        let found = self.read().await;
        let mut known = self.0.known.lock();
        known.looking = false;
        // Of two looks, the one that began later knows better.
        if known.at.is_none_or(|at| at <= began) {
            known.tenants = found?;
            known.at = Some(began);
        }
        Ok(())
    }

    async fn read(&self) -> Result<HashSet<TenantId>, DbError> {
        store::closed(&mut self.0.db.read().await?).await
    }
}

impl Known {
    fn is_older_than(&self, age: Duration) -> bool {
        self.at.is_none_or(|at| at.elapsed() >= age)
    }
}

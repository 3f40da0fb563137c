//! What a node remembers of installations: whose workflow each is, what its runs cost, and whether its workspace wants to stop.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use millrace_clock::Timestamp;
use millrace_engine::{ProgramError, Run, RunError};
use millrace_ids::{TenantId, WorkflowId};
use parking_lot::Mutex;

use super::limits::{FRESH_SECONDS, OWN_SECONDS, REMEMBERED, UNITS_PER_CENT};
use super::price::Price;
use super::store;
use crate::app::Parts;
use crate::installations;

/// What runs of an installation of another workspace's priced workflow cost.
#[derive(Debug, Clone)]
pub(super) struct Terms {
    pub(super) developer: TenantId,
    pub(super) workflow: WorkflowId,
    pub(super) installed_at: Timestamp,
    pub(super) price: Price,
    /// Where its workspace wants to stop, and what it has spent this month.
    pub(super) cap: Option<Cap>,
    pub(super) spent: i64,
}

/// Where a workspace wants to stop in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cap {
    pub(super) cents: i64,
    /// Or else it is only warned.
    pub(super) stops: bool,
}

/// An installation as remembered; no terms: its runs cost nothing.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) terms: Option<Arc<Terms>>,
    at: Timestamp,
}

/// Charges ended runs, and remembers for that. Clone it freely; clones remember together.
#[derive(Debug, Clone, Default)]
pub struct Metering(Arc<Mutex<HashMap<String, Known>>>);

impl Metering {
    /// A run of this publisher's workflow begins on this node. One of a priced workflow does not begin while its workspace has spent what it wants to.
    ///
    /// # Errors
    /// `SPEND_CAP_REACHED`; the database was away.
    pub async fn begin(&self, parts: &Parts, run: &Run, publisher: &TenantId) -> Result<(), ProgramError> {
        let now = parts.clock.now();
        let is_own = *publisher == run.tenant;
        let most = Duration::from_secs(if is_own { OWN_SECONDS } else { FRESH_SECONDS });
        let known = match self.remembered(&run.subject).filter(|known| known.at <= now && now.since(known.at) < most) {
            Some(known) => known,
            None if is_own => self.remember(&run.subject, None, now),
            None => {
                let mut tx = parts.of(&run.tenant).read().await.map_err(|e| ProgramError::Lost(e.to_string()))?;
                let found = store::terms(&mut tx, &[&run.subject], now).await.map_err(|e| ProgramError::Lost(e.to_string()))?;
                self.remember(&run.subject, found.get(&run.subject).cloned(), now)
            }
        };
        let Some(terms) = known.terms.filter(|terms| !terms.price.waived) else { return Ok(()) };
        match terms.cap {
            // What has begun goes on: it is stopped before its first step or not at all.
            Some(cap) if cap.stops && run.epoch <= 1 && installations::service::function_of(run).is_none() && terms.spent >= cap.cents.saturating_mul(UNITS_PER_CENT) => {
                let detail = "This workspace has spent what it wants to spend this month (GET /api/v1/workspace/spend-cap). Raise the cap and start the run again.";
                Err(ProgramError::Run(RunError::new("SPEND_CAP_REACHED", detail)))
            }
            _ => Ok(()),
        }
    }

    /// What is remembered of an installation.
    pub(super) fn remembered(&self, installation: &str) -> Option<Known> {
        self.0.lock().get(installation).cloned()
    }

    /// Remembers an installation.
    pub(super) fn remember(&self, installation: &str, terms: Option<Arc<Terms>>, at: Timestamp) -> Known {
        let mut all = self.0.lock();
        if all.len() >= REMEMBERED {
            all.clear();
        }
        let known = Known { terms, at };
        all.insert(installation.to_owned(), known.clone());
        known
    }

    /// Forgets what is remembered of a workspace's spending: it has changed its cap.
    pub(super) fn forget(&self) {
        self.0.lock().clear();
    }
}

//! What a workspace keeps, in bytes. Nothing is counted in the way of a run: stored values and large payloads are measured
//! beside, seldom, and remembered; what journals and logs grow by is noted in memory and added up now and then.
//!
//! So a limit holds within a measurement: between two of them a workspace may go over it by what it writes meanwhile, and a
//! node that is killed forgets what it had noted since it last added it up.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use millrace_clock::Clock;
use millrace_engine::EngineError;
use millrace_engine::payload::PayloadStore;
use millrace_ids::TenantId;
use parking_lot::Mutex;

use super::limits::{BYTES_AGE, BYTES_AT_LEAST, BYTES_RETRY, BYTES_SHOWN, COUNT_SHARE, NOTED_AGE};
use super::service::exceeded;
use super::{Quotas, store};
use crate::http::ApiError;

/// What measuring takes.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Where large payloads are.
    pub payloads: PayloadStore,
    /// Says on which day something was written.
    pub clock: Clock,
    /// How long runs are kept, and so what they wrote.
    pub retention: Duration,
}

/// This node's memory of bytes.
#[derive(Debug)]
pub(super) struct Bytes {
    kept: Kept,
    noted: Mutex<Noted>,
    known: Mutex<HashMap<TenantId, Known>>,
}

/// What was written and has not been added up.
#[derive(Debug, Default)]
struct Noted {
    by_tenant: HashMap<TenantId, u64>,
    since: Option<Instant>,
    adding: bool,
}

/// What one workspace had when it was last measured.
#[derive(Debug, Default)]
struct Known {
    measured: Measured,
    /// Stored since by this node, what it replaced not subtracted.
    since: u64,
    looking: bool,
    at: Option<Instant>,
    cost: Duration,
}

/// What one workspace has.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Measured {
    /// Keys and values of `storage` and `env.KV`.
    pub stored: u64,
    /// Inputs, journals, logs and large payloads of runs.
    pub runs: u64,
}

impl Known {
    /// Whether it is time to measure again: measuring may take a share of the time only.
    fn is_older(&self, than: Duration) -> bool {
        self.at.is_none_or(|at| at.elapsed() >= than.max(self.cost * COUNT_SHARE))
    }
}

impl Bytes {
    pub(super) fn new(kept: Kept) -> Self {
        Self { kept, noted: Mutex::default(), known: Mutex::default() }
    }

    /// The next look measures anew: a limit has changed.
    pub(super) fn forget(&self, tenant: &TenantId) {
        self.known.lock().remove(tenant);
    }
}

impl Quotas {
    /// Notes what a workspace's runs have written. Cheap: asked for each step of each run.
    pub fn wrote(&self, tenant: &TenantId, bytes: u64) {
        let mut noted = self.0.bytes.noted.lock();
        match noted.by_tenant.get_mut(tenant) {
            Some(sum) => *sum += bytes,
            None => drop(noted.by_tenant.insert(tenant.clone(), bytes)),
        }
        if noted.since.get_or_insert_with(Instant::now).elapsed() >= NOTED_AGE && !noted.adding {
            noted.adding = true;
            let own = self.clone();
            tokio::spawn(async move {
                if let Err(error) = own.add_up().await {
                    tracing::debug!(%error, "quotas: what runs wrote could not be added up; it is tried again");
                }
                own.0.bytes.noted.lock().adding = false;
            });
        }
    }

    /// Lets a workspace store so many bytes more, or refuses with a text for people.
    ///
    /// # Errors
    /// When last measured, there was no room for them.
    pub fn admit_stored(&self, tenant: &TenantId, adding: usize) -> Result<(), String> {
        let Some(most) = self.of(tenant).stored_bytes else { return Ok(()) };
        let adding = adding as u64;
        let mut known = self.0.bytes.known.lock();
        let known = known.entry(tenant.clone()).or_default();
        let refused = known.measured.stored.saturating_add(adding) > most;
        // What was replaced is not known, so the sum of what was stored only says that it is time to look.
        let near = refused || known.measured.stored + known.since > most;
        known.since += if refused { 0 } else { adding };
        self.look(tenant, known, if near { BYTES_AT_LEAST } else { BYTES_AGE });
        if refused {
            return Err(format!("This workspace may store {most} bytes and has {}; these {adding} do not fit. Delete keys that are not needed any more.", known.measured.stored));
        }
        Ok(())
    }

    /// Lets a workspace start a run, or refuses it because of what its runs have left.
    pub(super) fn admit_run_bytes(&self, tenant: &TenantId, most: u64) -> Result<(), ApiError> {
        let mut known = self.0.bytes.known.lock();
        let known = known.entry(tenant.clone()).or_default();
        let full = known.measured.runs >= most;
        self.look(tenant, known, if full { BYTES_AT_LEAST } else { BYTES_AGE });
        if full {
            let detail = format!("The runs of this workspace have left {} bytes; it may keep {most}. What ended long ago is forgotten by itself.", known.measured.runs);
            return Err(exceeded("run_bytes", detail, BYTES_RETRY));
        }
        Ok(())
    }

    /// Measures beside, unless that was done a short while ago or is being done.
    fn look(&self, tenant: &TenantId, known: &mut Known, age: Duration) {
        if known.looking || !known.is_older(age) {
            return;
        }
        known.looking = true;
        let (own, tenant) = (self.clone(), tenant.clone());
        tokio::spawn(async move {
            if let Err(error) = own.measure(&tenant).await {
                tracing::debug!(tenant_id = %tenant, %error, "quotas: bytes could not be measured; the last figure stays");
                // Not again at once while the database is away.
                let mut known = own.0.bytes.known.lock();
                let known = known.entry(tenant).or_default();
                (known.looking, known.at) = (false, Some(Instant::now()));
            }
        });
    }

    /// What a workspace has, at most some seconds old.
    pub(super) async fn measured(&self, tenant: &TenantId) -> Result<Measured, EngineError> {
        if let Some(known) = self.0.bytes.known.lock().get(tenant).filter(|known| !known.is_older(BYTES_SHOWN)) {
            return Ok(known.measured);
        }
        self.measure(tenant).await
    }

    async fn measure(&self, tenant: &TenantId) -> Result<Measured, EngineError> {
        let begun = Instant::now();
        self.add_up().await?;
        let db = self.0.db.of(tenant.as_str());
        let runs = store::journaled(&db, tenant).await? + self.0.bytes.kept.payloads.bytes_of(tenant).await?;
        let measured = Measured { stored: store::stored(&db, tenant).await?, runs };
        let mut known = self.0.bytes.known.lock();
        let cost = begun.elapsed();
        known.insert(tenant.clone(), Known { measured, since: 0, looking: false, at: Some(Instant::now()), cost });
        Ok(measured)
    }

    /// Adds to the table what was noted, and forgets days whose runs are forgotten.
    async fn add_up(&self) -> Result<(), EngineError> {
        let taken = {
            let mut noted = self.0.bytes.noted.lock();
            noted.since = None;
            std::mem::take(&mut noted.by_tenant)
        };
        if taken.is_empty() {
            return Ok(());
        }
        let kept = &self.0.bytes.kept;
        let now = kept.clock.now();
        let added = store::add_journaled(&self.0.db, &taken, day(now), day(now.minus(kept.retention)) - 1).await;
        if added.is_err() {
            let mut noted = self.0.bytes.noted.lock();
            noted.since = Some(Instant::now());
            for (tenant, bytes) in taken {
                *noted.by_tenant.entry(tenant).or_default() += bytes;
            }
        }
        Ok(added?)
    }
}

/// Days since 1970.
fn day(at: millrace_clock::Timestamp) -> i64 {
    at.seconds().div_euclid(86_400)
}

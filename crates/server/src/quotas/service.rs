//! Letting runs and webhooks in, or not.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::StatusCode;
use millrace_clock::Timestamp;
use millrace_db::{Db, DbError};
use millrace_ids::TenantId;
use parking_lot::Mutex;
use serde_json::json;

use super::bucket::Bucket;
use super::bytes::{Bytes, Kept};
use super::limits::{COUNT_SHARE, FULL_AGE, FULL_RETRY, GRANT_AGE, GRANT_SHARE, LIMITS_AGE, LOG_LINES_PER_RUN, MOST, MOST_BYTES, QUEUED_RUNS};
use super::{Limits, Use, store};
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::Actor;

/// This node's memory of limits and of what is used of them. Clone it freely.
#[derive(Clone)]
pub struct Quotas(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) db: Db,
    pub(super) bytes: Bytes,
    defaults: Limits,
    decided: Mutex<Decided>,
    tenants: Mutex<HashMap<TenantId, Tenant>>,
}

/// What the operator decided, as of some moment.
#[derive(Default)]
struct Decided {
    at: Option<Instant>,
    looking: bool,
    by_tenant: HashMap<TenantId, Limits>,
}

/// What a workspace used lately, as far as this node knows.
#[derive(Default)]
struct Tenant {
    runs: Option<Bucket>,
    webhooks: Option<Bucket>,
    /// Runs that may start before the queue is counted again.
    granted: u64,
    /// The last count found no room.
    full: bool,
    /// How long the last count holds.
    until: Option<Instant>,
}

impl Quotas {
    /// Nothing used, nothing decided yet; `defaults` hold where nothing is decided.
    pub fn new(db: Db, defaults: &Limits, kept: Kept) -> Self {
        let usual = Limits { queued_runs: Some(QUEUED_RUNS), log_lines_per_run: Some(LOG_LINES_PER_RUN), ..Limits::default() };
        Self(Arc::new(Inner { db, bytes: Bytes::new(kept), defaults: defaults.or(&usual), decided: Mutex::default(), tenants: Mutex::default() }))
    }

    /// Reads what the operator decided, now.
    ///
    /// # Errors
    /// The database failed.
    pub async fn load(&self) -> Result<(), DbError> {
        let found = store::all(&self.0.db).await;
        let mut decided = self.0.decided.lock();
        decided.looking = false;
        decided.at = Some(Instant::now());
        decided.by_tenant = found?;
        Ok(())
    }

    /// A workspace's limits, at most seconds old. Never waits: what is old is read again beside.
    pub fn of(&self, tenant: &TenantId) -> Limits {
        let mut decided = self.0.decided.lock();
        if !decided.looking && decided.at.is_none_or(|at| at.elapsed() >= LIMITS_AGE) {
            decided.looking = true;
            let own = self.clone();
            tokio::spawn(async move {
                if let Err(error) = own.load().await {
                    tracing::debug!(%error, "quotas: the limits could not be read; the known ones stay in force");
                }
            });
        }
        decided.by_tenant.get(tenant).map_or_else(|| self.0.defaults.clone(), |own| own.or(&self.0.defaults))
    }

    /// Lets one more run of a workspace start, or refuses it.
    ///
    /// # Errors
    /// 429 `QUOTA_EXCEEDED`, with the seconds after which trying again makes sense; or the database failed.
    pub async fn admit_run(&self, tenant: &TenantId) -> Result<(), ApiError> {
        let limits = self.of(tenant);
        if let Some(most) = limits.queued_runs
            && !self.fits(tenant, most).await?
        {
            return Err(exceeded("queued_runs", format!("{most} runs wait in this workspace's queue; no more fit."), FULL_RETRY));
        }
        if let Some(most) = limits.run_bytes {
            self.admit_run_bytes(tenant, most)?;
        }
        let Some(rate) = limits.runs_per_minute else { return Ok(()) };
        let now = Instant::now();
        let mut tenants = self.0.tenants.lock();
        let bucket = tenants.entry(tenant.clone()).or_default().runs.get_or_insert_with(|| Bucket::full(rate, now));
        bucket.take(rate, now).map_err(|wait| exceeded("runs_per_minute", format!("This workspace may start {rate} runs in a minute."), seconds(wait)))
    }

    /// Lets one more valid delivery of a workspace in, or refuses it.
    ///
    /// # Errors
    /// As [`Quotas::admit_run`].
    pub fn admit_webhook(&self, tenant: &TenantId) -> Result<(), ApiError> {
        let Some(rate) = self.of(tenant).webhooks_per_minute else { return Ok(()) };
        let now = Instant::now();
        let mut tenants = self.0.tenants.lock();
        let bucket = tenants.entry(tenant.clone()).or_default().webhooks.get_or_insert_with(|| Bucket::full(rate, now));
        bucket.take(rate, now).map_err(|wait| exceeded("webhooks_per_minute", format!("This workspace may receive {rate} webhooks in a minute."), seconds(wait)))
    }

    /// Whether one more run fits into a workspace's queue. A count of the queue grants this node a share of what is free;
    /// it is counted again when the share is used up or old, so a run costs a statement seldom and a refusal is never a guess.
    async fn fits(&self, tenant: &TenantId, most: u64) -> Result<bool, ApiError> {
        let now = Instant::now();
        {
            let mut tenants = self.0.tenants.lock();
            let known = tenants.entry(tenant.clone()).or_default();
            if known.until.is_some_and(|until| until > now) {
                if known.granted > 0 {
                    known.granted -= 1;
                    return Ok(true);
                }
                if known.full {
                    return Ok(false);
                }
            }
        }
        let queued = store::queued(&self.0.db.of(tenant.as_str()), tenant, most).await?;
        let free = most.saturating_sub(queued);
        let mut tenants = self.0.tenants.lock();
        let known = tenants.entry(tenant.clone()).or_default();
        known.full = free == 0;
        known.granted = if free == 0 { 0 } else { free.div_ceil(GRANT_SHARE) - 1 };
        known.until = Some(Instant::now() + if known.full { FULL_AGE.max(now.elapsed() * COUNT_SHARE) } else { GRANT_AGE });
        Ok(free > 0)
    }

    /// A workspace's limits and what it uses.
    ///
    /// # Errors
    /// The database failed.
    pub async fn show(&self, tenant: &TenantId) -> Result<(Limits, Use), ApiError> {
        let db = self.0.db.of(tenant.as_str());
        let mut tx = db.read().await?;
        let limits = store::get(&mut tx, tenant).await?.unwrap_or_default().or(&self.0.defaults);
        drop(tx);
        let usage = store::usage(&db, tenant, limits.queued_runs.unwrap_or(QUEUED_RUNS)).await?;
        let bytes = self.measured(tenant).await?;
        Ok((limits, Use { stored_bytes: bytes.stored, run_bytes: bytes.runs, ..usage }))
    }

    /// Decides a workspace's limits; absent ones go back to the defaults. In force here at once, on other nodes within seconds.
    ///
    /// # Errors
    /// There is no such workspace, a limit is out of range, or the database failed.
    pub async fn decide(&self, tenant: &TenantId, limits: &Limits, now: Timestamp) -> Result<(), ApiError> {
        for (name, value) in limits.each() {
            let most = if name.ends_with("_bytes") { MOST_BYTES } else { MOST };
            if value.is_some_and(|n| n > most || (n == 0 && name == "concurrent_runs")) {
                let message = format!("`{name}` is a number from {} to {most}.", u8::from(name == "concurrent_runs"));
                return Err(ApiError::invalid("INVALID_REQUEST", message.clone()).with_field(name, "INVALID_VALUE", message));
            }
        }
        let mut tx = self.0.db.of(tenant.as_str()).begin().await?;
        if !store::exists(&mut tx, tenant).await? {
            return Err(ApiError::not_found("workspace"));
        }
        let before = store::get(&mut tx, tenant).await?.unwrap_or_default();
        store::put(&mut tx, tenant, limits, now).await?;
        let said = json!({ "before": before, "after": limits });
        audit::record(&mut tx, Some(tenant), &Actor::System, Entry::new(Action::WorkspaceLimitsChanged, "workspace", tenant).meta(said), now).await?;
        tx.commit().await?;
        self.load().await?;
        self.0.bytes.forget(tenant);
        if let Some(known) = self.0.tenants.lock().get_mut(tenant) {
            // A raised rate is there at once, not a minute's worth later.
            *known = Tenant::default();
        }
        tracing::info!(tenant_id = %tenant, "a workspace's quotas were changed");
        Ok(())
    }
}

fn seconds(wait: Duration) -> u32 {
    u32::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX).max(1)
}

pub(super) fn exceeded(quota: &str, detail: String, retry_after: u32) -> ApiError {
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, "QUOTA_EXCEEDED", detail.clone()).with_field(quota, "QUOTA_EXCEEDED", detail).with_retry_after(retry_after)
}

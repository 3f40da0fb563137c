//! Writing a row: the end of the chain is locked, the row hashed onto it, and both written.

use std::sync::atomic::{AtomicBool, Ordering};

use millrace_audit::genesis;
use millrace_clock::Timestamp;
use millrace_db::{Db, DbError, Tx};
use millrace_ids::TenantId;
use serde_json::Value;

use super::{Action, Entry, store};
use crate::app::App;
use crate::identity::Actor;

/// The chain of what belongs to no workspace.
pub const INSTALLATION: &str = "installation";

/// The chain of a workspace, or that of the installation.
pub(super) fn chain(tenant: Option<&TenantId>) -> &str {
    tenant.map_or(INSTALLATION, TenantId::as_str)
}

/// Whether this process wrote rows since the last signature.
pub(super) static WRITTEN: AtomicBool = AtomicBool::new(false);

/// Writes a row in the transaction of the change that it speaks of; answers its place in the chain. Without a tenant it
/// goes into the installation's own chain.
///
/// Call it last, right before the commit: from here to the commit, others that change something in the same workspace wait.
/// Who writes into two chains begins with the workspace's.
///
/// # Errors
/// The database failed; then the change must not be committed either.
pub async fn record(tx: &mut Tx, tenant: Option<&TenantId>, by: &Actor, entry: Entry, now: Timestamp) -> Result<u64, DbError> {
    let chain = chain(tenant);
    let (last, previous) = store::lock_end(tx, chain, &genesis(chain)).await?;
    let row = entry.row(last + 1, by, now)?;
    let hash = row.hash(chain, &previous);
    store::append(tx, chain, &row, &hash).await?;
    WRITTEN.store(true, Ordering::Release);
    Ok(row.seq)
}

/// Writes down that somebody looked at what is about everybody, before they see it; `kind` and `meta` say at what. Whoever goes
/// on looking is written down once in a quarter of an hour, so that reading a log does not fill it.
///
/// # Errors
/// The database failed; then nothing must be shown.
pub(crate) async fn record_read(app: &App, tenant: Option<&TenantId>, by: &Actor, action: Action, kind: &'static str, meta: Value) -> Result<(), DbError> {
    let what = ("read", action, chain(tenant), by.as_str());
    if app.limits.is_news(what) {
        record_alone(app.platform(), tenant, by, Entry::new(action, kind, chain(tenant)).meta(meta), app.clock.now()).await?;
        app.limits.is_known(what);
    }
    Ok(())
}

/// Writes a row in a transaction of its own: for what was refused or failed, where nothing else is to be committed.
///
/// # Errors
/// The database failed.
pub async fn record_alone(db: &Db, tenant: Option<&TenantId>, by: &Actor, entry: Entry, now: Timestamp) -> Result<u64, DbError> {
    let mut tx = match tenant {
        Some(tenant) => db.of(tenant.as_str()).begin().await?,
        None => db.begin().await?,
    };
    let seq = record(&mut tx, tenant, by, entry, now).await?;
    tx.commit().await?;
    Ok(seq)
}

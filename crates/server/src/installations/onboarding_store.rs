//! The SQL of steps of a set-up.

use std::collections::BTreeSet;

use millrace_clock::Timestamp;
use millrace_db::{Db, DbError, Tx, sql};
use millrace_ids::{InstallationId, TenantId};

const SETUP: &str = "SELECT seed, state_hash, done_at FROM installation_steps WHERE tenant_id = $1 AND installation_id = $2 AND step = 'setup'";
const BEGIN_SETUP: &str = "INSERT INTO installation_steps (installation_id, tenant_id, step, state_hash, seed) VALUES ($1, $2, 'setup', $3, $4) \
    ON CONFLICT (installation_id, step) DO UPDATE SET state_hash = $3, seed = $4 WHERE installation_steps.done_at IS NULL AND installation_steps.state_hash = $5";
/// The one look-up without a tenant: a page of the developer's holds the word and nothing else. It is only ever used to find the tenant.
const BY_STATE: &str = "SELECT tenant_id FROM installation_steps WHERE installation_id = $1 AND step = 'setup' AND state_hash = $2 AND done_at IS NULL";
const PASS: &str = "UPDATE installation_steps SET done_at = $4 WHERE tenant_id = $1 AND installation_id = $2 AND step = 'setup' AND state_hash = $3 AND done_at IS NULL";
const SKIPPED: &str = "SELECT step FROM installation_steps WHERE tenant_id = $1 AND installation_id = $2 AND step LIKE 'connections.%' AND done_at IS NOT NULL";
const SKIP: &str = "INSERT INTO installation_steps (installation_id, tenant_id, step, done_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";

/// How the steps of skipped services begin.
const CONNECTIONS: &str = "connections.";

/// The page of the developer's.
pub(super) struct Setup {
    /// What the word is derived from.
    pub seed: String,
    /// The word's hash.
    pub state_hash: String,
    /// Whether it came back.
    pub is_done: bool,
}

/// How far the page has come; nothing before it was first shown.
pub(super) async fn setup(tx: &mut Tx, tenant: &TenantId, id: &InstallationId) -> Result<Option<Setup>, DbError> {
    let row = tx.optional(sql(SETUP).bind(tenant.as_str()).bind(id.as_str())).await?;
    row.map(|row| Ok(Setup { seed: row.get("seed")?, state_hash: row.get("state_hash")?, is_done: row.time_opt("done_at")?.is_some() })).transpose()
}

/// Notes what the page comes back with, in the place of `former`; without that, the first one stays.
pub(super) async fn begin_setup(tx: &mut Tx, tenant: &TenantId, id: &InstallationId, state_hash: &str, seed: &str, former: &str) -> Result<(), DbError> {
    tx.execute(sql(BEGIN_SETUP).bind(id.as_str()).bind(tenant.as_str()).bind(state_hash).bind(seed).bind(former)).await.map(drop)
}

/// Whose installation it is, for whoever knows its word.
pub(super) async fn by_state(db: &Db, id: &InstallationId, state_hash: &str) -> Result<Option<TenantId>, DbError> {
    db.optional(sql(BY_STATE).bind(id.as_str()).bind(state_hash)).await?.map(|row| row.get("tenant_id")).transpose()
}

/// Uses the word up; false when it was.
pub(super) async fn pass(tx: &mut Tx, tenant: &TenantId, id: &InstallationId, state_hash: &str, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(PASS).bind(tenant.as_str()).bind(id.as_str()).bind(state_hash).bind(now)).await? == 1)
}

/// Services that somebody chose to do without.
pub(super) async fn skipped(tx: &mut Tx, tenant: &TenantId, id: &InstallationId) -> Result<BTreeSet<String>, DbError> {
    let rows = tx.all(sql(SKIPPED).bind(tenant.as_str()).bind(id.as_str())).await?;
    rows.iter().map(|row| Ok(row.get::<String>("step")?.trim_start_matches(CONNECTIONS).to_owned())).collect()
}

/// Notes that somebody chose to do without a service.
pub(super) async fn skip(tx: &mut Tx, tenant: &TenantId, id: &InstallationId, service: &str, now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(SKIP).bind(id.as_str()).bind(tenant.as_str()).bind(format!("{CONNECTIONS}{service}")).bind(now)).await.map(drop)
}

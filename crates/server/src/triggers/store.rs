//! The SQL of triggers.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Tx, sql};
use millrace_ids::{InstallationId, TenantId, TriggerId};

use super::model::{SecretSource, Trigger};

/// With the revision of its installation, which its runs are pinned to.
const TO_START: &str = "SELECT t.*, i.revision AS installation_revision, COALESCE(w.status, 'active') AS tenant_status \
    FROM triggers t JOIN installations i ON i.id = t.installation_id LEFT JOIN tenants w ON w.id = t.tenant_id WHERE t.tenant_id = $1 AND t.id = $2";
/// The one look-up without a tenant: an address is asked for before it is known whose it is. It is only ever used to
/// find the tenant, never with one that a caller names.
const BY_ADDRESS: &str = "SELECT t.*, i.revision AS installation_revision, COALESCE(w.status, 'active') AS tenant_status \
    FROM triggers t JOIN installations i ON i.id = t.installation_id LEFT JOIN tenants w ON w.id = t.tenant_id WHERE t.id = $1 AND t.kind = 'webhook'";
const OF_INSTALLATION: &str = "SELECT t.*, s.next_at FROM triggers t LEFT JOIN schedules s ON s.tenant_id = t.tenant_id AND s.id = t.id \
    WHERE t.tenant_id = $1 AND t.installation_id = $2 ORDER BY t.id";
const OF_INSTALLATIONS: &str = "SELECT t.*, s.next_at FROM triggers t LEFT JOIN schedules s ON s.tenant_id = t.tenant_id AND s.id = t.id \
    WHERE t.tenant_id = $1 AND t.installation_id >= $2 AND t.installation_id <= $3 ORDER BY t.id";
const INSERT: &str = "INSERT INTO triggers (id, tenant_id, installation_id, key, kind, service, path, version_id, definition, verified, \
    secret_source, signing_secret, active, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)";
const UPDATE: &str = "UPDATE triggers SET version_id = $3, definition = $4, verified = $5, secret_source = $6, signing_secret = $7, \
    pending_secret = $8, active = $9, updated_at = $10 WHERE tenant_id = $1 AND id = $2";
const SET_PENDING: &str = "UPDATE triggers SET pending_secret = $3, updated_at = $4 WHERE tenant_id = $1 AND id = $2";
const SET_INACTIVE: &str = "UPDATE triggers SET active = $3, updated_at = $4 WHERE tenant_id = $1 AND installation_id = $2";
const DELETE: &str = "DELETE FROM triggers WHERE tenant_id = $1 AND id = $2";
const DELETE_ALL: &str = "DELETE FROM triggers WHERE tenant_id = $1 AND installation_id = $2";

/// A trigger as what it belongs to makes it.
#[derive(Debug)]
pub(super) struct Bound {
    pub trigger: Trigger,
    /// Of its installation.
    pub revision: i64,
    /// Whether its workspace is open.
    pub is_open: bool,
}

/// A trigger that starts a run now.
pub(super) async fn to_start(tx: &mut Tx, tenant: &TenantId, id: &TriggerId) -> Result<Option<Bound>, DbError> {
    tx.optional(sql(TO_START).bind(tenant.as_str()).bind(id.as_str())).await?.as_ref().map(bound).transpose()
}

/// The webhook trigger behind an address.
pub(super) async fn by_address(db: &millrace_db::Db, id: &TriggerId) -> Result<Option<Bound>, DbError> {
    db.optional(sql(BY_ADDRESS).bind(id.as_str())).await?.as_ref().map(bound).transpose()
}

fn bound(row: &Row) -> Result<Bound, DbError> {
    Ok(Bound { trigger: read(row)?, revision: row.get("installation_revision")?, is_open: row.get::<String>("tenant_status")? == "active" })
}

pub(super) async fn of_installation(tx: &mut Tx, tenant: &TenantId, installation: &InstallationId) -> Result<Vec<Trigger>, DbError> {
    tx.all(sql(OF_INSTALLATION).bind(tenant.as_str()).bind(installation.as_str())).await?.iter().map(planned).collect()
}

/// The triggers of all installations between two ids, both included.
pub(super) async fn of_installations(tx: &mut Tx, tenant: &TenantId, first: &InstallationId, last: &InstallationId) -> Result<Vec<Trigger>, DbError> {
    tx.all(sql(OF_INSTALLATIONS).bind(tenant.as_str()).bind(first.as_str()).bind(last.as_str())).await?.iter().map(planned).collect()
}

pub(super) async fn insert(tx: &mut Tx, tenant: &TenantId, t: &Trigger, now: Timestamp) -> Result<(), DbError> {
    let q = sql(INSERT).bind(t.id.as_str()).bind(tenant.as_str()).bind(t.installation.as_str()).bind(&t.key).bind(t.kind.as_str());
    let q = q.bind(t.service.clone()).bind(t.path.clone()).bind(t.version.as_str()).bind(rules(t)).bind(t.verified);
    let q = q.bind(t.secret_source.map(SecretSource::as_str)).bind(t.signing_secret.clone()).bind(t.active).bind(now);
    tx.execute(q).await?;
    Ok(())
}

pub(super) async fn update(tx: &mut Tx, tenant: &TenantId, t: &Trigger, now: Timestamp) -> Result<(), DbError> {
    let q = sql(UPDATE).bind(tenant.as_str()).bind(t.id.as_str()).bind(t.version.as_str()).bind(rules(t)).bind(t.verified);
    let q = q.bind(t.secret_source.map(SecretSource::as_str)).bind(t.signing_secret.clone()).bind(t.pending_secret.clone());
    tx.execute(q.bind(t.active).bind(now)).await?;
    Ok(())
}

pub(super) async fn set_pending(tx: &mut Tx, tenant: &TenantId, id: &TriggerId, sealed: &str, now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(SET_PENDING).bind(tenant.as_str()).bind(id.as_str()).bind(sealed).bind(now)).await?;
    Ok(())
}

pub(super) async fn set_inactive(tx: &mut Tx, tenant: &TenantId, installation: &InstallationId, now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(SET_INACTIVE).bind(tenant.as_str()).bind(installation.as_str()).bind(false).bind(now)).await?;
    Ok(())
}

pub(super) async fn delete(tx: &mut Tx, tenant: &TenantId, id: &TriggerId) -> Result<(), DbError> {
    tx.execute(sql(DELETE).bind(tenant.as_str()).bind(id.as_str())).await?;
    Ok(())
}

pub(super) async fn delete_all(tx: &mut Tx, tenant: &TenantId, installation: &InstallationId) -> Result<(), DbError> {
    tx.execute(sql(DELETE_ALL).bind(tenant.as_str()).bind(installation.as_str())).await?;
    Ok(())
}

fn rules(t: &Trigger) -> String {
    serde_json::to_string(&t.rules).unwrap_or_default()
}

fn planned(row: &Row) -> Result<Trigger, DbError> {
    Ok(Trigger { next_at: row.time_opt("next_at")?, ..read(row)? })
}

/// Without its next slot, which whoever starts a run has no use for.
fn read(row: &Row) -> Result<Trigger, DbError> {
    let rules: String = row.get("definition")?;
    let source: Option<String> = row.get("secret_source")?;
    let wrong = |column: &str, reason: String| DbError::Column { column: column.to_owned(), reason };
    Ok(Trigger {
        id: row.get("id")?,
        tenant: row.get("tenant_id")?,
        installation: row.get("installation_id")?,
        key: row.get("key")?,
        kind: row.parse("kind")?,
        service: row.get("service")?,
        path: row.get("path")?,
        version: row.get("version_id")?,
        rules: serde_json::from_str(&rules).map_err(|e| wrong("definition", e.to_string()))?,
        verified: row.get("verified")?,
        secret_source: source.map(|s| s.parse()).transpose().map_err(|e| wrong("secret_source", e))?,
        signing_secret: row.get("signing_secret")?,
        pending_secret: row.get("pending_secret")?,
        active: row.get("active")?,
        next_at: None,
    })
}

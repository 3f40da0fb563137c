//! The SQL of API keys.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Tx, sql};
use millrace_ids::{ApiKeyId, TenantId};

use super::model::{NewApiKey, StoredKey};
use crate::identity::Scope;

const INSERT: &str = "INSERT INTO api_keys (id, tenant_id, name, role, secret_hash, created_at, expires_at) VALUES ($2, $1, $3, $4, $5, $6, $7)";
const FIND: &str = "SELECT k.id, k.tenant_id, k.role, k.scopes, k.secret_hash, k.expires_at, k.revoked_at, k.last_used_at, t.status AS tenant_status \
    FROM api_keys k JOIN tenants t ON t.id = k.tenant_id WHERE k.id = $1";
const TOUCH: &str = "UPDATE api_keys SET last_used_at = $3 WHERE tenant_id = $1 AND id = $2 AND (last_used_at IS NULL OR last_used_at < $4)";
const REVOKE: &str = "UPDATE api_keys SET revoked_at = $3 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL";

pub(super) async fn insert(tx: &mut Tx, tenant: &TenantId, id: &ApiKeyId, new: &NewApiKey, hash: &str, now: Timestamp) -> Result<(), DbError> {
    let statement = sql(INSERT).bind(tenant.as_str()).bind(id.as_str()).bind(&new.name).bind(new.role.as_str()).bind(hash).bind(now).bind(new.expires_at);
    tx.execute(statement).await.map(drop)
}

/// The only statement that looks for a key before a tenant is known: it is what makes the tenant known.
pub(super) async fn find(tx: &mut Tx, id: &ApiKeyId) -> Result<Option<StoredKey>, DbError> {
    let row = tx.optional(sql(FIND).bind(id.as_str())).await?;
    row.as_ref().map(from_row).transpose()
}

/// Remembers that a key was used, unless that was written after `not_since`.
pub(super) async fn touch(tx: &mut Tx, tenant: &TenantId, id: &ApiKeyId, now: Timestamp, not_since: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(TOUCH).bind(tenant.as_str()).bind(id.as_str()).bind(now).bind(not_since)).await.map(drop)
}

pub(super) async fn revoke(tx: &mut Tx, tenant: &TenantId, id: &ApiKeyId, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(REVOKE).bind(tenant.as_str()).bind(id.as_str()).bind(now)).await? == 1)
}

fn from_row(row: &Row) -> Result<StoredKey, DbError> {
    Ok(StoredKey {
        id: row.get("id")?,
        tenant: row.get("tenant_id")?,
        role: row.parse("role")?,
        scopes: row.get::<Option<String>>("scopes")?.map(|text| scopes_of(&text)).transpose()?,
        secret_hash: row.get("secret_hash")?,
        expires_at: row.time_opt("expires_at")?,
        revoked_at: row.time_opt("revoked_at")?,
        last_used_at: row.time_opt("last_used_at")?,
        tenant_active: row.get::<String>("tenant_status")? == "active",
    })
}

fn scopes_of(json: &str) -> Result<Vec<Scope>, DbError> {
    serde_json::from_str(json).map_err(|e| DbError::Column { column: "scopes".into(), reason: e.to_string() })
}
